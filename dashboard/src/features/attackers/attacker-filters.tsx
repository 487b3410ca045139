import type { SessionSearch } from '../../app/context/filters'
import { Form, written } from '../../components/form'
import { LevelSelect } from '../../components/level-select'
import { When } from '../../components/when'

const SORTS = [
  ['last_seen_at', 'seen last'],
  ['event_count', 'events'],
  ['threat_score', 'threat'],
] as const

/** Which attackers are listed and in which order. @param onChange takes the parts of the search that change. */
export function AttackerFilters({
  search: { sort = 'last_seen_at', threat_level, level, src_ip, from },
  onChange,
}: {
  search: SessionSearch
  onChange: (next: Partial<Record<keyof SessionSearch, string | undefined>>) => void
}) {
  return (
    <>
      <Form
        className="mb-3 flex flex-wrap items-end gap-2"
        onSend={(fields) => onChange({ src_ip: written(fields, 'src_ip') ?? undefined })}
      >
        <label className="field">
          Address or network
          <input key={src_ip} name="src_ip" className="input" defaultValue={src_ip} data-search />
        </label>
        <LevelSelect value={{ threat_level, level }} onChange={(filter) => onChange({ ...filter })} />
        <label className="field">
          By
          <select className="input" value={sort} onChange={(event) => onChange({ sort: event.target.value })}>
            {SORTS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button button-primary">
          Filter
        </button>
      </Form>
      {from && (
        <p className="mb-3 text-sm text-muted">
          Seen since <When at={from} absolute />{' '}
          <button type="button" className="link" onClick={() => onChange({ from: undefined })}>
            at any time
          </button>
        </p>
      )}
    </>
  )
}
