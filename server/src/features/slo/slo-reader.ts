import type { SloDetail, SloStatus } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { NotFoundError } from '../../platform/errors.js'
import { countedAround, seriesAround } from './counted-around.js'
import { createDistributionReader } from './distribution-reader.js'
import { createGapEstimator } from './gap-estimator.js'
import { createGapReader } from './gap-reader.js'
import { historyOf, historyRange } from './history.js'
import { type Objective, seriesOf } from './objective.js'
import { toOpenSlo } from './openslo.js'
import { populationInWords } from './population.js'
import { NOTHING_RECORDED } from './recorded-series.js'
import { readHistory, readRecordedSeries } from './recorded-series-reader.js'
import { clip, gapsOf, type RecordingGap, type SeriesGap } from './recording-gaps.js'
import type { RecordingGapsStore } from './recording-gaps-store.js'
import { statusOf } from './status.js'
import type { SignalStore } from './store.js'
import { startOf } from './time-ranges.js'

/** The objectives as they stand, from what every replica recorded. */
export interface SloReader {
  readonly objectives: readonly Objective[]
  list(): Promise<SloStatus[]>
  /**
   * The share of an objective's window that was good, by what `list` said of it then.
   * @param at when the window ended, milliseconds since the epoch. @returns null where nothing was judged, or there is no such objective.
   */
  complianceAt(id: string, at: number): Promise<number | null>
  /** @throws {NotFoundError} */
  find(id: string): Promise<SloDetail>
}

export interface SloReaderOptions {
  objectives: readonly Objective[]
  store: SignalStore
  gaps: RecordingGapsStore
  /** Writes down what this process still holds, so that an answer includes the request before it. */
  flush: () => Promise<void>
  now: () => number
}

export function createSloReader({ objectives, store, gaps, flush, now }: SloReaderOptions): SloReader {
  const readGaps = createGapReader(gaps, createGapEstimator(store, gaps, objectives))
  const readDistributions = createDistributionReader(store)
  let changedAt: number | null | undefined

  return {
    objectives,
    async list() {
      const at = now()
      return statusesOf(objectives, await gapsFor(objectives, at), at)
    },
    async complianceAt(id, at) {
      const wanted = objectives.filter((candidate) => candidate.id === id)
      if (wanted.length === 0) return null
      const [status] = await statusesOf(wanted, await gapsFor(wanted, at), at)
      return status?.compliance ?? null
    },
    async find(id) {
      const objective = objectives.find((candidate) => candidate.id === id)
      if (!objective) throw new NotFoundError(`SLO ${id} was not found; GET /slos lists the SLOs`)
      const at = now()
      const found = await gapsFor([objective], at)
      const [status] = await statusesOf([objective], found, at)
      const recorded = await readHistory(store, objective, found, at)
      return {
        ...(status as SloStatus),
        history: historyOf(objective, recorded, gapsSeenBy(objective, found, changedAt), at),
        openslo: toOpenSlo([objective]),
      }
    },
  }

  /** The gaps in the windows and histories of objectives. */
  async function gapsFor(wanted: readonly Objective[], at: number): Promise<RecordingGap[]> {
    // What cannot be written now is not lost, and what is stored can still be told.
    await flush().catch(() => {})
    if (changedAt === undefined) changedAt = await store.populationChangedAt()
    return readGaps(Math.min(...wanted.map(({ windowMinutes }) => historyRange(windowMinutes, at).from)))
  }

  async function statusesOf(
    wanted: readonly Objective[],
    found: readonly RecordingGap[],
    at: number,
  ): Promise<SloStatus[]> {
    const longest = startOf(at, Math.max(...wanted.map(({ windowMinutes }) => windowMinutes)))
    const series = wanted.map(({ indicator }) => seriesOf(indicator))
    const around = [...new Set(wanted.flatMap(seriesAround))]
    const [recorded, distributions, newest, oldest] = await Promise.all([
      readRecordedSeries(store, wanted, around, clip(found, { from: longest, to: at }), at),
      readDistributions(wanted, at),
      store.newest(series, longest),
      store.oldest(series),
    ])
    return wanted.map((objective) => {
      const name = seriesOf(objective.indicator)
      const since = populationSince(objective, changedAt)
      return statusOf(objective, {
        now: at,
        recorded: recorded.get(name) ?? NOTHING_RECORDED,
        ...populationOf(objective, since, countedAround(objective, recorded, at)),
        distribution: distributions.get(objective.id) ?? null,
        gaps: gapsSeenBy(objective, found, changedAt),
        firstEventAt: oldest.get(name) ?? null,
        lastEventAt: newest.get(name) ?? null,
      })
    })
  }
}

/**
 * When its present population replaced another one, milliseconds since the epoch.
 * @param changedAt when the populations last changed.
 */
function populationSince({ indicator }: Objective, changedAt: number | null | undefined): number | null {
  return indicator.signal === 'http' || indicator.signal === 'ai_probe' ? (changedAt ?? null) : null
}

/** What was counted by another rule is no statement of the present one, and neither are the gaps of that time. */
function gapsSeenBy(
  objective: Objective,
  found: readonly RecordingGap[],
  changedAt: number | null | undefined,
): SeriesGap[] {
  const since = populationSince(objective, changedAt) ?? Number.NEGATIVE_INFINITY
  return gapsOf(found, seriesOf(objective.indicator)).filter(({ from }) => from >= since)
}

/** Whose events an objective judges, and what was counted beside them. */
function populationOf(
  { indicator }: Objective,
  since: number | null,
  { apart, literal }: ReturnType<typeof countedAround>,
): Pick<SloStatus, 'population' | 'literal'> {
  const description = populationInWords(indicator)
  return { population: { description, since: since === null ? null : timestampOf(since), apart }, literal }
}
