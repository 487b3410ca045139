import { ALERT_STATES, SUPPRESSIONS } from '../../app/context/filters'
import { When } from '../../components/when'
import type { AlertFilter } from './use-alert-list'

/** Filters of the alert list; each change applies at once. */
export function AlertFilters({
  filter,
  onChange,
}: {
  filter: AlertFilter
  onChange: (next: Partial<Record<keyof AlertFilter, string | undefined>>) => void
}) {
  return (
    <>
      <label className="field">
        State
        <select
          className="input"
          value={filter.state ?? ''}
          onChange={(event) => onChange({ state: event.target.value || undefined })}
          data-search
        >
          <option value="">any</option>
          {ALERT_STATES.map((state) => (
            <option key={state}>{state}</option>
          ))}
        </select>
      </label>
      <label className="field">
        Level
        <select
          className="input"
          value={filter.level ?? filter.threat_level ?? ''}
          onChange={(event) => onChange({ level: event.target.value || undefined, threat_level: undefined })}
        >
          <option value="">any</option>
          <option>high</option>
          <option>critical</option>
        </select>
      </label>
      <label className="field">
        Shown
        <select
          className="input"
          value={filter.suppressed_by ?? ''}
          onChange={(event) => onChange({ suppressed_by: event.target.value || undefined })}
        >
          <option value="">announced</option>
          {SUPPRESSIONS.map((reason) => (
            <option key={reason} value={reason}>
              suppressed: {reason.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      {filter.src_ip && (
        <button type="button" className="button" onClick={() => onChange({ src_ip: undefined })}>
          of {filter.src_ip} ✕
        </button>
      )}
      {filter.from && (
        <button type="button" className="button" onClick={() => onChange({ from: undefined })}>
          raised since <When at={filter.from} absolute /> ✕
        </button>
      )}
      {filter.to && (
        <button type="button" className="button" onClick={() => onChange({ to: undefined })}>
          raised before <When at={filter.to} absolute /> ✕
        </button>
      )}
    </>
  )
}
