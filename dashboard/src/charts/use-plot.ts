import { type RefObject, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useClock } from '../components/when'
import { type PlotLook, plotOptions } from './plot-options'

/**
 * Draws a plot into the element that gets the returned ref, and keeps it as wide as that element and in the colours of the theme.
 * @param times seconds since the epoch, ascending. @param mark a moment to draw a line at. A new `onPick` does not draw the plot again.
 */
export function usePlot({
  times,
  series,
  height,
  format,
  bounds,
  mark,
  onPick,
}: Omit<PlotLook, 'zone'> & {
  times: readonly number[]
  height: number
  mark: number | undefined
  onPick: ((from: number, to: number) => void) | undefined
}): RefObject<HTMLDivElement | null> {
  const holder = useRef<HTMLDivElement>(null)
  const { zone } = useClock()
  const picked = useRef(onPick)
  picked.current = onPick

  useEffect(() => {
    const element = holder.current
    if (!element) return
    const draw = () =>
      new uPlot(
        {
          width: element.clientWidth,
          height,
          ...plotOptions({ series, format, bounds, zone }),
          cursor: { drag: { x: picked.current !== undefined, y: false, setScale: false } },
          hooks: {
            setSelect: [(plot) => pickSelection(plot, picked.current)],
            ...(mark !== undefined && { draw: [(plot) => drawMark(plot, mark)] }),
          },
        },
        [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData,
        element,
      )
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
  }, [times, series, height, zone, format, bounds, mark])

  return holder
}

/** Calls `pick` with the ends of what is selected, in milliseconds. */
function pickSelection(plot: uPlot, pick: ((from: number, to: number) => void) | undefined): void {
  const { left, width } = plot.select
  if (width > 0) pick?.(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000)
}

/** A dashed vertical line at a moment, where it is in sight. */
function drawMark({ ctx, bbox, scales, valToPos }: uPlot, seconds: number): void {
  const { min, max } = scales['x'] ?? {}
  if (min == null || max == null || seconds < min || seconds > max) return
  const x = Math.round(valToPos(seconds, 'x', true))
  ctx.save()
  ctx.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue('--color-muted').trim()
  ctx.lineWidth = 2
  ctx.setLineDash([6, 4])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.restore()
}
