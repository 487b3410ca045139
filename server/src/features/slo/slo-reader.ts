import type { SloDetail, SloStatus } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { NotFoundError } from '../../platform/errors.js'
import { countedAround, seriesAround } from './counted-around.js'
import { createDistributionReader } from './distribution-reader.js'
import { historyOf } from './history.js'
import { type Objective, PLATFORM_UP, seriesOf } from './objective.js'
import { toOpenSlo } from './openslo.js'
import { populationInWords } from './population.js'
import { NOTHING_RECORDED } from './recorded-series.js'
import { readHistory, readRecordedSeries } from './recorded-series-reader.js'
import { separateRestores } from './recording-gaps.js'
import { statusOf } from './status.js'
import type { SignalStore } from './store.js'
import { MINUTE_MS, startOf } from './time-ranges.js'

/** The objectives as they stand, from what every replica recorded. */
export interface SloReader {
  readonly objectives: readonly Objective[]
  list(): Promise<SloStatus[]>
  /** @throws {NotFoundError} */
  find(id: string): Promise<SloDetail>
}

export interface SloReaderOptions {
  objectives: readonly Objective[]
  store: SignalStore
  /** Writes down what this process still holds, so that an answer includes the request before it. */
  flush: () => Promise<void>
  now: () => number
}

export function createSloReader({ objectives, store, flush, now }: SloReaderOptions): SloReader {
  const readDistributions = createDistributionReader(store)
  let firstRan: number | null = null
  let changedAt: number | null | undefined

  return {
    objectives,
    list: () => read(objectives),
    async find(id) {
      const objective = objectives.find((candidate) => candidate.id === id)
      if (!objective) throw new NotFoundError(`there is no SLO ${id}`)
      const at = now()
      const [status] = await read([objective], at)
      return {
        ...(status as SloStatus),
        history: historyOf(objective, await readHistory(store, objective, at), at),
        openslo: toOpenSlo([objective]),
      }
    },
  }

  async function read(wanted: readonly Objective[], at = now()): Promise<SloStatus[]> {
    // What cannot be written now is not lost, and what is stored can still be told.
    await flush().catch(() => {})
    firstRan ??= await store.firstOf(PLATFORM_UP, 'minute')
    if (changedAt === undefined) changedAt = await store.populationChangedAt()
    const longest = Math.max(...wanted.map(({ windowMinutes }) => windowMinutes))
    const from = Math.max(startOf(at, longest), firstRan ?? at)
    const series = wanted.map(({ indicator }) => seriesOf(indicator))
    const [recorded, distributions, missing, restores, newest] = await Promise.all([
      readRecordedSeries(store, wanted, [...new Set(wanted.flatMap(seriesAround))], at),
      readDistributions(wanted, at),
      store.missingMinutes(PLATFORM_UP, { from, to: at - (at % MINUTE_MS) }),
      store.restores(from),
      store.newest(series, startOf(at, longest)),
    ])
    const { gaps, unmeasured } = separateRestores(missing, restores)
    return wanted.map((objective) => {
      const name = seriesOf(objective.indicator)
      const counted = countedAround(objective, recorded, at)
      const since = objective.indicator.signal === 'http' ? (changedAt ?? null) : null
      return statusOf(objective, {
        now: at,
        recorded: recorded.get(name) ?? NOTHING_RECORDED,
        population: {
          description: populationInWords(objective.indicator),
          since: since === null ? null : timestampOf(since),
          apart: counted.apart,
        },
        literal: counted.literal,
        distribution: distributions.get(objective.id) ?? null,
        gaps,
        unmeasured,
        // What was counted by another rule is no statement of this one, and neither are the gaps of that time.
        firstRan: Math.max(firstRan ?? at, since === null ? 0 : Math.ceil(since / MINUTE_MS) * MINUTE_MS),
        lastEventAt: newest.get(name) ?? null,
      })
    })
  }
}
