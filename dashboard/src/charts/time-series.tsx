import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { Scrollable } from '../components/scrollable'
import { useClock } from '../components/when'

export interface Series {
  name: string
  /** A CSS variable of the theme. */
  colour: string
  values: readonly (number | null)[]
  /** Dashes tell lines apart without colour. */
  dash?: readonly number[]
  /** Drawn as steps that are filled, on top of the series before. */
  bars?: boolean
}

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
  onPick,
}: {
  label: string
  times: readonly number[]
  series: readonly Series[]
  height?: number
  format?: (value: number) => string
  /** What the scale reaches from and to at least. */
  bounds?: readonly [low: number, high: number]
  onPick?: (from: number, to: number) => void
}) {
  const holder = useRef<HTMLDivElement>(null)
  const { zone } = useClock()
  const picked = useRef(onPick)
  picked.current = onPick

  useEffect(() => {
    const element = holder.current
    if (!element) return
    const draw = () => {
      const style = getComputedStyle(document.documentElement)
      const colour = (name: string) => style.getPropertyValue(name).trim()
      const axis = {
        stroke: colour('--color-muted'),
        grid: { stroke: colour('--color-line'), width: 1 },
        ticks: { show: false },
        font: '11px "Inter Variable", sans-serif',
      }
      return new uPlot(
        {
          width: element.clientWidth,
          height,
          ...(bounds && {
            scales: {
              y: {
                range: (_: uPlot, low: number, high: number) => [
                  Math.min(low ?? bounds[0], bounds[0]),
                  Math.max(high ?? bounds[1], bounds[1]),
                ],
              },
            },
          }),
          legend: { live: true },
          cursor: { drag: { x: picked.current !== undefined, y: false, setScale: false } },
          tzDate: (seconds) =>
            zone === 'UTC' ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000),
          axes: [
            { ...axis, size: 28, values: (_, splits) => splits.map((split) => tickOf(split, zone)) },
            { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => format(tick)) },
          ],
          series: [
            {},
            ...series.map(({ name, colour: own, dash, bars }) => ({
              label: name,
              stroke: colour(own),
              width: 2,
              points: { size: 4, ...(bars && { show: false }) },
              value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
              ...(dash && { dash: [...dash] }),
              ...(bars && {
                fill: colour(own),
                paths: uPlot.paths.bars?.({ size: [0.8, 60] }),
              }),
            })),
          ],
          hooks: {
            setSelect: [
              (plot) => {
                if (plot.select.width > 0)
                  picked.current?.(
                    plot.posToVal(plot.select.left, 'x') * 1000,
                    plot.posToVal(plot.select.left + plot.select.width, 'x') * 1000,
                  )
              },
            ],
          },
        },
        [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData,
        element,
      )
    }
    let plot = draw()
    const again = () => {
      plot.destroy()
      plot = draw()
    }
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    const themed = new MutationObserver(again)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      resized.disconnect()
      themed.disconnect()
      plot.destroy()
    }
  }, [times, series, height, zone, format, bounds])

  return (
    <figure>
      <div ref={holder} role="img" aria-label={label} className="min-w-0" />
      <details className="mt-1 text-xs text-muted">
        <summary className="cursor-pointer">The numbers</summary>
        <Scrollable label={`${label}: the numbers`} className="max-h-48">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.map(({ name }) => (
                  <th scope="col" key={name} className="text-right">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((time, n) => (
                <tr key={time}>
                  <td>{new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC</td>
                  {series.map(({ name, values }) => {
                    const value = values[n]
                    return (
                      <td key={name} className="text-right tabular-nums">
                        {value === null || value === undefined ? '–' : format(value)}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </Scrollable>
      </details>
    </figure>
  )
}

/** A tick of the time axis: the time of the day, or the day where one begins. */
function tickOf(seconds: number, zone: 'local' | 'UTC'): string {
  const at = new Date(seconds * 1000)
  const inZone = zone === 'UTC' ? { timeZone: 'UTC' } : {}
  const time = new Intl.DateTimeFormat('sv-SE', { hour: '2-digit', minute: '2-digit', ...inZone }).format(at)
  if (time !== '00:00') return time
  return new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', ...inZone }).format(at)
}
