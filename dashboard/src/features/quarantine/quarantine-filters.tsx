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
  const { zone } = useClock()
  const set = (name: keyof QuarantineFilter, value: string | null) => {
    const { [name]: _, ...others } = filter
    onChange(value ? { ...others, [name]: value } : others)
  }
  const time = (name: 'from' | 'to', label: string) => {
    const at = filter[name]
    return (
      <label className="field">
        {label}
        <input
          type="datetime-local"
          className="input"
          defaultValue={at ? wallTime(at, zone) : ''}
          onBlur={(event) => set(name, instantOf(event.target.value, zone))}
        />
      </label>
    )
  }
  return (
    <fieldset className="mb-4 flex flex-wrap items-end gap-3">
      <legend className="sr-only">Filter</legend>
      <label className="field">
        Reason
        <select
          className="input"
          value={filter.reason ?? ''}
          onChange={(event) => set('reason', event.target.value)}
          data-search
        >
          <option value="">any</option>
          {Object.entries(REASONS).map(([reason, name]) => (
            <option key={reason} value={reason}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Key
        <select
          className="input"
          value={filter.key_id ?? ''}
          onChange={(event) => set('key_id', event.target.value)}
        >
          <option value="">any</option>
          {keys.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Sensor
        <input
          className="input"
          maxLength={200}
          defaultValue={filter.sensor_id ?? ''}
          onBlur={(event) => set('sensor_id', event.target.value.trim())}
        />
      </label>
      {time('from', 'Received from')}
      {time('to', 'Received before')}
    </fieldset>
  )
}
