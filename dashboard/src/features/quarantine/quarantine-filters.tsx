import type { QuarantineFilter, RejectionReason } from '@eviltwin/contract'
import { instantOf, wallTime } from '../../components/wall-time'
import { useClock } from '../../components/when'

/** By their names, so that none is missing. */
const REASONS: Readonly<Record<RejectionReason, string>> = {
  invalid_json: 'invalid json',
  invalid_utf8: 'invalid utf8',
  not_an_object: 'not an object',
  too_deep: 'too deep',
  too_large: 'too large',
  too_many_events: 'too many events',
  missing_source_ip: 'missing source ip',
  invalid_source_ip: 'invalid source ip',
  missing_timestamp: 'missing timestamp',
  invalid_timestamp: 'invalid timestamp',
  implausible_timestamp: 'implausible timestamp',
  normalization_failed: 'normalization failed',
  invalid_sensor_id: 'invalid sensor id',
  sensor_mismatch: 'sensor mismatch',
}

/** Filters of the quarantine; each change applies at once, to the list and to what is replayed or deleted. */
export function QuarantineFilters({
  filter,
  keys,
  onChange,
}: {
  filter: QuarantineFilter
  /** The holders that can be chosen, with their names. */
  keys: ReadonlyArray<readonly [id: string, name: string]>
  onChange: (next: QuarantineFilter) => void
}) {
  const set = (name: keyof QuarantineFilter, value: string | null) => {
    const { [name]: _, ...others } = filter
    onChange(value ? { ...others, [name]: value } : others)
  }
  return (
    <fieldset className="mb-4 flex flex-wrap items-end gap-3">
      <legend className="sr-only">Filter</legend>
      <Choice
        label="Reason"
        value={filter.reason}
        choices={Object.entries(REASONS)}
        onChange={(reason) => set('reason', reason)}
        isSearch
      />
      <Choice label="Key" value={filter.key_id} choices={keys} onChange={(id) => set('key_id', id)} />
      <label className="field">
        Sensor
        <input
          className="input"
          maxLength={200}
          defaultValue={filter.sensor_id ?? ''}
          onBlur={(event) => set('sensor_id', event.target.value.trim())}
        />
      </label>
      <ReceiptTime label="Received from" at={filter.from} onChange={(at) => set('from', at)} />
      <ReceiptTime label="Received before" at={filter.to} onChange={(at) => set('to', at)} />
    </fieldset>
  )
}

function Choice({
  label,
  value,
  choices,
  onChange,
  isSearch,
}: {
  label: string
  value: string | undefined
  choices: ReadonlyArray<readonly [value: string, name: string]>
  /** Receives an empty text for any. */
  onChange: (value: string) => void
  /** Whether the shortcut for searching leads here. */
  isSearch?: boolean
}) {
  return (
    <label className="field">
      {label}
      <select
        className="input"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value)}
        data-search={isSearch}
      >
        <option value="">any</option>
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A time as wall time in the zone that all times are shown in. */
function ReceiptTime({
  label,
  at,
  onChange,
}: {
  label: string
  at: string | undefined
  /** Receives null for a time that is empty or none. */
  onChange: (at: string | null) => void
}) {
  const { zone } = useClock()
  return (
    <label className="field">
      {label}
      <input
        type="datetime-local"
        className="input"
        defaultValue={at ? wallTime(at, zone) : ''}
        onBlur={(event) => onChange(instantOf(event.target.value, zone))}
      />
    </label>
  )
}
