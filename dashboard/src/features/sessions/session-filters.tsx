import type { EventType } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { EVENT_TYPES, type SessionSearch } from '../../app/context/filters'
import { nameOfCountry } from '../../components/country'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { LevelSelect } from '../../components/level-select'
import { Toggle } from '../../components/toggle'
import { instantOf, wallTime } from '../../components/wall-time'
import { useClock } from '../../components/when'
import type { SessionFilter } from './use-session-list'

const FACETS = [
  { field: 'threat_level', filter: 'level', name: 'Level' },
  { field: 'sensor_id', filter: 'sensor_id', name: 'Sensor' },
  { field: 'protocol', filter: 'protocol', name: 'Protocol' },
  { field: 'country', filter: 'country', name: 'Country' },
  { field: 'behaviour', filter: 'behaviour', name: 'Behaviour' },
] as const

type Change = (next: Partial<Record<keyof SessionSearch, string | true | undefined>>) => void

/** Filters that are typed or selected; an empty one does not apply. */
export function FilterBar({ search, onChange }: { search: SessionSearch; onChange: Change }) {
  const set = Object.keys(search).filter((name) => name !== 'sort')
  const { zone } = useClock()
  return (
    <Form
      className="flex flex-wrap items-end gap-2"
      onSend={(fields) =>
        onChange({
          q: written(fields, 'q') ?? undefined,
          src_ip: written(fields, 'src_ip') ?? undefined,
          from: instantOf(written(fields, 'from') ?? '', zone) ?? undefined,
          to: instantOf(written(fields, 'to') ?? '', zone) ?? undefined,
        })
      }
    >
      <label className="field">
        Text in commands
        <input key={search.q} name="q" className="input" defaultValue={search.q} minLength={2} data-search />
      </label>
      <label className="field">
        Address or network
        <input key={search.src_ip} name="src_ip" className="input" defaultValue={search.src_ip} />
      </label>
      <LevelSelect value={search} onChange={(level) => onChange({ ...level })} />
      <EventTypeSelect value={search.event_type} onChange={(event_type) => onChange({ event_type })} />
      <StartTimes search={search} />
      <Toggle
        name="Active now"
        on={search.active !== undefined}
        onChange={(on) => onChange({ active: on || undefined })}
      />
      <button type="submit" className="button button-primary">
        Filter
      </button>
      {set.length > 0 && (
        <button
          type="button"
          className="button"
          onClick={() => onChange(Object.fromEntries(set.map((name) => [name, undefined])))}
        >
          Clear {set.length}
        </button>
      )}
    </Form>
  )
}

/** Selects sessions with an event of one type; undefined is any. */
function EventTypeSelect({
  value,
  onChange,
}: {
  value: EventType | undefined
  onChange: (type: string | undefined) => void
}) {
  return (
    <label className="field">
      With an event
      <select
        className="input"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value || undefined)}
      >
        <option value="">of any type</option>
        {EVENT_TYPES.map((type) => (
          <option key={type} value={type}>
            {type.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    </label>
  )
}

/** When sessions started, as wall time in the zone that all times are shown in. */
function StartTimes({ search }: { search: SessionSearch }) {
  const { zone } = useClock()
  return (
    <div className="flex flex-wrap gap-2">
      {(['from', 'to'] as const).map((end) => (
        <label key={end} className="field">
          {end === 'from' ? 'An event since' : 'Started before'} ({zone === 'UTC' ? 'UTC' : 'local time'})
          <input
            key={`${search[end]} ${zone}`}
            type="datetime-local"
            step={1}
            name={end}
            className="input"
            defaultValue={search[end] && wallTime(search[end], zone)}
          />
        </label>
      ))}
    </div>
  )
}

/** How many matching sessions have each common value; a click filters by a value, another click removes that filter. */
export function Facets({
  search,
  filter,
  onChange,
}: {
  search: SessionSearch
  /** What is counted: the search within its time. */
  filter: SessionFilter
  onChange: Change
}) {
  const facets = useQuery({
    queryKey: ['facets', filter],
    queryFn: () => answerOf(api.GET('/sessions/facets', { params: { query: filter } })),
    placeholderData: (before) => before,
  })
  return (
    <aside aria-label="Facets" className="grid content-start gap-3 text-sm">
      {FACETS.map(({ field, filter: by, name }) => {
        const values = facets.data?.[field] ?? []
        if (values.length === 0) return null
        return (
          <fieldset key={field}>
            <legend className="text-xs font-medium text-muted">{name}</legend>
            <ul>
              {values.slice(0, 8).map(({ value, sessions }) => {
                const selected = search[by] === value
                return (
                  <li key={value}>
                    <button
                      type="button"
                      aria-pressed={selected}
                      className="facet"
                      onClick={() => onChange({ [by]: selected ? undefined : value })}
                    >
                      <span className="truncate">
                        {field === 'country' ? nameOfCountry(value) : <HostileText text={value} />}
                      </span>
                      <span className="tabular-nums text-muted">{sessions.toLocaleString('en')}</span>
                    </button>
                  </li>
                )
              })}
            </ul>
          </fieldset>
        )
      })}
    </aside>
  )
}
