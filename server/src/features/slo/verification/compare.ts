import type { SloStatus } from '@eviltwin/contract'
import type { Objective } from '../objective.js'
import type { AccessRecord } from './access-record.js'
import { type Recomputed, recompute, type Span } from './recompute.js'

/** One figure of an objective, as it was recomputed and as the platform says it. */
export interface Figure {
  what: string
  recomputed: number | null
  platform: number | null
  /** `explained`: within what is unknown of the seconds before a process was killed. */
  verdict: 'same' | 'explained' | 'differs'
}

export interface Comparison {
  objective: string
  figures: Figure[]
  unknown: number
  /** What the platform assumes of gaps; an estimate that no log can confirm. */
  assumed_bad: number
}

export interface ComparisonInput {
  objective: Objective
  status: SloStatus
  records: readonly AccessRecord[]
  /** The part of the window that the access log covers. */
  span: Span
  unknown: readonly Span[]
}

/** A sketch is within 1 % of the exact value (DDSketch); the rest is for its own rounding. */
const PERCENTILE_TOLERANCE = 0.011
const MINUTE_MS = 60_000

/** Every figure of an objective beside the recomputed one. The log must cover the whole window, or the whole life of the platform. */
export function compare({ objective, status, records, span, unknown }: ComparisonInput): Comparison {
  const own = recompute(objective, records, span, unknown)
  const { assumed_bad } = status.gaps
  const figures = [
    count('good', own.good, status.measured.good, own.unknown),
    count('total', own.total, status.measured.total, own.unknown),
    ...percentile(own, status),
    ...budget(own, objective, status),
    ...status.burn_rates.map((burn) => {
      const from = Math.max(span.from, minutesAgo(span.to, minutesOf(burn.window)))
      const part = recompute(objective, records, { from, to: span.to }, unknown)
      const gaps = status.gaps.intervals.filter((gap) => Date.parse(gap.to) > from)
      // A gap at the edge of a window is in it by a part, rounded.
      const assumed = gaps.reduce((sum, gap) => sum + gap.assumed_bad, 0)
      return count(`total of ${burn.window}`, part.total, burn.total, part.unknown, assumed)
    }),
  ]
  return { objective: objective.id, figures, unknown: own.unknown, assumed_bad }
}

/** @param unknown so many less the platform may have. @param assumed so many more it may have. */
function count(what: string, recomputed: number, platform: number, unknown: number, assumed = 0): Figure {
  if (platform === recomputed) return { what, recomputed, platform, verdict: 'same' }
  const isExplained = platform >= recomputed - unknown && platform <= recomputed + assumed
  return { what, recomputed, platform, verdict: isExplained ? 'explained' : 'differs' }
}

function percentile(own: Recomputed, { percentile: said }: SloStatus): Figure[] {
  if (own.percentile_ms === null && said === null) return []
  const [recomputed, platform] = [own.percentile_ms, said?.value_ms ?? null]
  const isClose =
    recomputed !== null &&
    platform !== null &&
    Math.abs(platform - recomputed) <= PERCENTILE_TOLERANCE * Math.max(recomputed, platform)
  const what = `p${Math.round((said?.quantile ?? 0) * 100)} ms`
  return [
    { what, recomputed, platform, verdict: isClose ? 'same' : own.unknown > 0 ? 'explained' : 'differs' },
  ]
}

/** Slices of gaps replace what was recorded in their minutes: no log shows those, so their budget is left out. */
function budget(own: Recomputed, { target, budgeting }: Objective, status: SloStatus): Figure[] {
  const assumed = status.gaps.assumed_bad
  if (budgeting === 'time_slices' && assumed > 0) return []
  const total = own.total + assumed
  const recomputed = total === 0 ? null : (total - own.good) / total / (1 - target)
  const platform = status.budget.consumed
  const difference = Math.abs((recomputed ?? 0) - (platform ?? 0))
  const isSame = (recomputed === null) === (platform === null) && difference < 1e-9
  return [
    {
      what: 'budget used',
      recomputed,
      platform,
      verdict: isSame ? 'same' : own.unknown > 0 ? 'explained' : 'differs',
    },
  ]
}

/** Start of the minute so many minutes ago, as every window of the platform starts. */
export function minutesAgo(now: number, minutes: number): number {
  return Math.floor((now - minutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
}

/** `5m`, `6h`, `7d` as the status spells windows. */
function minutesOf(window: string): number {
  const unit = { m: 1, h: 60, d: 1440, w: 10_080 }[window.slice(-1)] ?? 1
  return Number.parseInt(window, 10) * unit
}
