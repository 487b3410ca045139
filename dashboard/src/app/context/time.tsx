import { useSearch } from '@tanstack/react-router'
import { useClock } from '../../components/when'
import { useChangeSearch } from './change-search'
import { RANGES, type Range, rangeOf } from './search'

export interface TimeRange {
  range: Range
  hours: number
  /** Start of the range, RFC 3339, to the minute, so that queries are asked again once a minute at most. */
  from: string
  /** How often what is shown is asked for again; false while paused. */
  refetchInterval: number | false
}

const REFRESH_MS = 5_000
const MINUTE_MS = 60_000

/** The time that pages are about, from the URL. */
export function useTimeRange(): TimeRange {
  const search = useSearch({ from: '__root__' })
  const { now } = useClock()
  const range = rangeOf(search)
  const hours = RANGES[range]
  const from = new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS - hours * 3_600_000).toISOString()
  return { range, hours, from, refetchInterval: search.paused ? false : REFRESH_MS }
}

export function TimeControls() {
  const search = useSearch({ from: '__root__' })
  const change = useChangeSearch()
  const { zone, setZone } = useClock()
  const paused = search.paused === true
  return (
    <>
      <label className="flex items-center gap-1">
        <span className="sr-only">Time range</span>
        <select
          className="input"
          value={rangeOf(search)}
          onChange={(event) => change({ range: event.target.value }, true)}
        >
          {Object.keys(RANGES).map((range) => (
            <option key={range} value={range}>
              Last {range}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="button"
        aria-pressed={paused}
        title="Pause or resume updates (p)"
        onClick={() => change({ paused: paused ? undefined : true }, true)}
      >
        {paused ? '▶ Paused' : '● Live'}
      </button>
      <button
        type="button"
        className="button"
        title="Time zone"
        onClick={() => setZone(zone === 'UTC' ? 'local' : 'UTC')}
      >
        <span className="sr-only">Times are shown in </span>
        {zone === 'UTC' ? 'UTC' : 'Local time'}
      </button>
    </>
  )
}
