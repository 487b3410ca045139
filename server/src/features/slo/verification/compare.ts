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
  const counts = countFigures('', own, status.measured, NO_GAP)
  const figures = [
    ...counts,
    ...percentile(own, status),
    budget(own, objective, status, worstOf(counts)),
    ...status.burn_rates.flatMap((burn) => {
      const from = Math.max(span.from, minutesAgo(span.to, minutesOf(burn.window)))
      const part = recompute(objective, records, { from, to: span.to }, unknown)
      return burnFigures(burn, part, gapsIn(status, objective, { from, to: span.to }), objective.target)
    }),
  ]
  return { objective: objective.id, figures, unknown: own.unknown, assumed_bad: status.gaps.assumed_bad }
}

/** What gaps may add to the counts of a window, or, for minutes that they replace, take away. */
interface GapShare {
  leastTotal: number
  mostTotal: number
  leastGood: number
}

const NO_GAP: GapShare = { leastTotal: 0, mostTotal: 0, leastGood: 0 }

/** A gap at the edge of a window is in it by its part. Minutes that gaps touch replace what was recorded in them. */
function gapsIn({ gaps }: SloStatus, { budgeting }: Objective, span: Span): GapShare {
  const share = { ...NO_GAP }
  for (const gap of gaps.intervals) {
    const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)]
    const inside = Math.min(to, span.to) - Math.max(from, span.from)
    if (inside <= 0) continue
    const assumed = (gap.assumed_bad * inside) / (to - from)
    share.leastTotal += Math.floor(assumed)
    share.mostTotal += Math.ceil(assumed)
    if (budgeting === 'time_slices') {
      const touched = Math.ceil(inside / MINUTE_MS) + 1
      share.leastTotal = 0
      share.mostTotal += touched
      share.leastGood -= touched
    }
  }
  return share
}

/** Good and total; the platform may lack what is unknown, and has what it assumes of gaps. */
function countFigures(
  of: string,
  own: Recomputed,
  said: { good: number; total: number },
  gaps: GapShare,
): Figure[] {
  const { good, total, unknown, unknownGood } = own
  return [
    figure(`good${of}`, good, said.good, [good - unknownGood + gaps.leastGood, own.mostGood]),
    figure(`total${of}`, total, said.total, [total - unknown + gaps.leastTotal, total + gaps.mostTotal]),
  ]
}

/** @param range what is explained. */
function figure(what: string, recomputed: number, platform: number, [least, most]: [number, number]): Figure {
  const isExplained = platform >= least && platform <= most
  const isSame = platform === recomputed && isExplained
  return { what, recomputed, platform, verdict: isSame ? 'same' : isExplained ? 'explained' : 'differs' }
}

/** Within a percent; where events are unknown, of what the percentile may be with as many of them as the platform has. */
function percentile(own: Recomputed, { percentile: said, measured }: SloStatus): Figure[] {
  if (own.percentile_ms === null && said === null) return []
  const [recomputed, platform] = [own.percentile_ms, said?.value_ms ?? null]
  const what = `p${Math.round((said?.quantile ?? 0) * 100)} ms`
  const written = Math.min(own.unknown, Math.max(0, measured.total - (own.total - own.unknown)))
  const range = own.percentileRange(written)
  if (recomputed === null || platform === null || !range)
    return [{ what, recomputed, platform, verdict: recomputed === platform ? 'same' : 'differs' }]
  const isNear = (low: number, high: number) =>
    platform >= low * (1 - PERCENTILE_TOLERANCE) && platform <= high * (1 + PERCENTILE_TOLERANCE)
  const verdict = isNear(recomputed, recomputed)
    ? 'same'
    : isNear(range.low, range.high)
      ? 'explained'
      : 'differs'
  return [{ what, recomputed, platform, verdict }]
}

/** The budget must follow from the platform's own counts, and those are compared by themselves. */
function budget(
  own: Recomputed,
  { target }: Objective,
  status: SloStatus,
  counts: Figure['verdict'],
): Figure {
  const assumed = status.gaps.assumed_bad
  const recomputed = rateOf(own.good, own.total + assumed, target)
  const platform = status.budget.consumed
  const follows = isEqual(platform, rateOf(status.judged.good, status.judged.total, target))
  const isSame = isEqual(platform, recomputed)
  const explained = counts === 'same' && assumed > 0 ? 'explained' : counts
  return {
    what: 'budget used',
    recomputed,
    platform,
    verdict: !follows ? 'differs' : isSame ? 'same' : explained,
  }
}

function burnFigures(
  { window, rate, good, total }: SloStatus['burn_rates'][number],
  own: Recomputed,
  gaps: GapShare,
  target: number,
): Figure[] {
  const counts = countFigures(` of ${window}`, own, { good, total }, gaps)
  const recomputed = rateOf(own.good, own.total, target)
  const follows = isEqual(rate, rateOf(good, total, target))
  const isSame = isEqual(rate, recomputed)
  const worst = worstOf(counts)
  const explained = worst === 'same' ? 'explained' : worst
  return [
    ...counts,
    {
      what: `burn rate of ${window}`,
      recomputed,
      platform: rate,
      verdict: !follows ? 'differs' : isSame ? 'same' : explained,
    },
  ]
}

/** Google SRE Workbook, chapter 5: the share of bad events by the share that may be bad; null without events. */
function rateOf(good: number, total: number, target: number): number | null {
  return total === 0 ? null : (total - good) / total / (1 - target)
}

function isEqual(one: number | null, other: number | null): boolean {
  return one === null || other === null
    ? one === other
    : Math.abs(one - other) < 1e-9 * Math.max(1, Math.abs(one))
}

function worstOf(figures: readonly Figure[]): Figure['verdict'] {
  const verdicts = new Set(figures.map(({ verdict }) => verdict))
  return verdicts.has('differs') ? 'differs' : verdicts.has('explained') ? 'explained' : 'same'
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
