import type { SloStatus } from '@eviltwin/contract'
import { wayOf } from '../../domain/ingest-population.js'
import { compliance } from './arithmetic.js'
import { literalSeriesOf, type Objective, seriesOf } from './objective.js'
import { APART } from './population.js'
import { countsSince, NOTHING_RECORDED, type RecordedSeries } from './recorded-series.js'
import { ingestApartSeries, UNMEASURED_ALERTS } from './series/names.js'
import { startOf } from './time-ranges.js'

type Apart = SloStatus['population']['apart'][number]['population']

/** The series of an objective and those that are shown beside it. */
export function seriesAround({ indicator }: Objective): string[] {
  const literal = literalSeriesOf(indicator)
  return [
    seriesOf(indicator),
    ...(literal === null ? [] : [literal]),
    ...apartOf(indicator).map(({ series }) => series),
  ]
}

/** What the window of an objective holds beside its population: all requests, and requests or alerts counted apart. */
export function countedAround(
  { indicator, windowMinutes }: Objective,
  recorded: ReadonlyMap<string, RecordedSeries>,
  now: number,
): { literal: SloStatus['literal']; apart: SloStatus['population']['apart'] } {
  const sumOf = (series: string) =>
    countsSince(recorded.get(series) ?? NOTHING_RECORDED, startOf(now, windowMinutes), now)
  const name = literalSeriesOf(indicator)
  const literal = name === null ? null : sumOf(name)
  return {
    literal: literal && { ...literal, compliance: compliance(literal) },
    apart: apartOf(indicator).map(({ population, series }) => ({
      population,
      requests: sumOf(series).total,
    })),
  }
}

function apartOf(indicator: Objective['indicator']): Array<{ population: Apart; series: string }> {
  if (indicator.signal === 'alert_delivery') return [{ population: 'unmeasured', series: UNMEASURED_ALERTS }]
  const way = indicator.signal === 'http' ? wayOf(indicator.route) : null
  if (way === null) return []
  return APART.map((population) => ({ population, series: ingestApartSeries(population, way) }))
}
