import uPlot from 'uplot'
import type { Zone } from '../components/wall-time'
import type { Series } from './series'

/** What decides how a plot looks, apart from its size. */
export interface PlotLook {
  series: readonly Series[]
  format: (value: number) => string
  /** What the scale reaches from and to at least. */
  bounds: readonly [low: number, high: number] | undefined
  zone: Zone
}

/** The scales, axes and lines of a plot, in the colours that the theme has now. */
export function plotOptions({
  series,
  format,
  bounds,
  zone,
}: PlotLook): Pick<uPlot.Options, 'scales' | 'legend' | 'tzDate' | 'axes' | 'series'> {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--color-muted'),
    grid: { stroke: colour('--color-line'), width: 1 },
    ticks: { show: false },
    font: '11px "Inter Variable", sans-serif',
  }
  return {
    ...(bounds && { scales: { y: { range: rangeOver(bounds) } } }),
    legend: { live: true },
    tzDate: (seconds) =>
      zone === 'UTC' ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000),
    axes: [
      { ...axis, size: 28, values: (_, splits) => splits.map((split) => tickOf(split, zone)) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [{}, ...series.map((each) => lineOf(each, colour, format))],
  }
}

function rangeOver([lowest, highest]: readonly [number, number]): uPlot.Scale.Range {
  return (_, low, high) => [Math.min(low ?? lowest, lowest), Math.max(high ?? highest, highest)]
}

function lineOf(
  { name, colour: own, dash, bars }: Series,
  colour: (name: string) => string,
  format: (value: number) => string,
): uPlot.Series {
  return {
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
  }
}

/** A tick of the time axis: the time of the day, or the day where one begins. */
function tickOf(seconds: number, zone: Zone): string {
  const at = new Date(seconds * 1000)
  const inZone = zone === 'UTC' ? { timeZone: 'UTC' } : {}
  const time = new Intl.DateTimeFormat('sv-SE', { hour: '2-digit', minute: '2-digit', ...inZone }).format(at)
  if (time !== '00:00') return time
  return new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', ...inZone }).format(at)
}
