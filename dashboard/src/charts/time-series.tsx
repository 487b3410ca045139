import type { Series } from './series'
import { SeriesTable } from './series-table'
import { usePlot } from './use-plot'

export type { Series }

/**
 * Numbers over time. The same numbers are in a table for those who do not see the picture.
 * @param times seconds since the epoch, ascending. @param onPick called with the times that somebody selected or clicked, in milliseconds.
 */
export function TimeSeries({
  label,
  times,
  series,
  height = 180,
  format = (value) => value.toLocaleString('en'),
  bounds,
  mark,
  onPick,
}: {
  label: string
  times: readonly number[]
  series: readonly Series[]
  height?: number
  format?: (value: number) => string
  /** What the scale reaches from and to at least. */
  bounds?: readonly [low: number, high: number]
  /** A moment at which something changed, in seconds since the epoch; what it was stands beside the chart. */
  mark?: number | undefined
  onPick?: (from: number, to: number) => void
}) {
  const holder = usePlot({ times, series, height, format, bounds, mark, onPick })
  return (
    <figure>
      <div ref={holder} role="img" aria-label={label} className="min-w-0" />
      <SeriesTable label={label} times={times} series={series} format={format} />
    </figure>
  )
}
