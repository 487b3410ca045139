import { present } from '../../app/context/filters'
import type { EvidenceFilter } from './use-evidence'

/** Filters of the files; each change applies at once. */
export function EvidenceFilters({
  filter,
  onChange,
}: {
  filter: EvidenceFilter
  onChange: (next: EvidenceFilter) => void
}) {
  const set = (name: keyof EvidenceFilter, value: string | boolean | undefined) =>
    onChange(present({ ...filter, [name]: value || undefined }) as EvidenceFilter)
  return (
    <fieldset className="mb-4 flex flex-wrap items-end gap-3">
      <legend className="sr-only">Filter</legend>
      <TextFilter
        key={`hash ${filter.sha256}`}
        label="SHA-256, or its beginning"
        value={filter.sha256}
        onChange={(text) => set('sha256', text.toLowerCase().replaceAll(/[^0-9a-f]/g, ''))}
        isSearch
      />
      <TextFilter
        key={`type ${filter.type}`}
        label="Type"
        value={filter.type}
        onChange={(text) => set('type', text)}
      />
      <TextFilter
        key={`sensor ${filter.sensor_id}`}
        label="Sensor"
        value={filter.sensor_id}
        onChange={(text) => set('sensor_id', text)}
      />
      <label className="flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={filter.held === true}
          onChange={({ target }) => set('held', target.checked)}
        />
        Only with a legal hold
      </label>
      {filter.session_id !== undefined && (
        <button type="button" className="button" onClick={() => set('session_id', undefined)}>
          Only of one session ✕
        </button>
      )}
    </fieldset>
  )
}

function TextFilter({
  label,
  value,
  onChange,
  isSearch,
}: {
  label: string
  value: string | undefined
  onChange: (text: string) => void
  /** Whether the shortcut for searching leads here. */
  isSearch?: boolean
}) {
  const apply = (input: HTMLInputElement) => {
    const text = input.value.trim()
    if (text !== (value ?? '')) onChange(text)
  }
  return (
    <label className="field">
      {label}
      <input
        className="input"
        maxLength={200}
        defaultValue={value ?? ''}
        onBlur={({ target }) => apply(target)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') apply(currentTarget)
        }}
        data-search={isSearch}
      />
    </label>
  )
}
