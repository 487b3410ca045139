import { type Drift, type DriftVerdict, ThreatLevel } from '@eviltwin/contract'
import { FEATURES } from './features.js'
import { round4 } from './scorer.js'
import type { ThreatModelFile } from './threat-model.js'

/** Below so many, shares are chance. */
export const MINIMUM_SESSIONS = 100
/** An empty bin counts as so much, or its logarithm would be infinite. */
const FLOOR = 0.001
const BINS = 10

/** One bin more than edges: what falls to each, as shares that sum to 1. */
export interface Distribution {
  edges: number[]
  shares: number[]
}

/** Cuts values where their deciles are, so that bins hold alike many, as far as they differ. */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b)
  const deciles = Array.from(
    { length: BINS - 1 },
    (_, n) => sorted[Math.floor((sorted.length * (n + 1)) / BINS)] ?? 0,
  )
  const edges = [...new Set(deciles)].filter((edge) => edge < (sorted.at(-1) ?? 0))
  return { edges, shares: sharesOf(values, edges) }
}

/**
 * Population stability index: sum over bins of (actual - expected) * ln(actual / expected) (Siddiqi, "Credit Risk
 * Scorecards", 2006). 0 where nothing changed.
 */
export function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  const psi = expected.reduce((sum, share, bin) => {
    const was = Math.max(FLOOR, share)
    const is = Math.max(FLOOR, actual[bin] ?? 0)
    return sum + (is - was) * Math.log(is / was)
  }, 0)
  return round4(psi)
}

/**
 * How far sessions are from those a model was trained on.
 * @param rows feature vectors of recent sessions. @param levels their levels.
 */
export function driftOf(
  { distribution }: ThreatModelFile,
  rows: readonly number[][],
  levels: readonly ThreatLevel[],
): Omit<Drift, 'since'> {
  const features = FEATURES.flatMap(({ name, description }, n) => {
    const trained = distribution.features[name]
    if (!trained) return []
    const values = rows.map((row) => row[n] as number)
    return [{ name, description, psi: stabilityIndex(trained.shares, sharesOf(values, trained.edges)) }]
  }).sort((a, b) => b.psi - a.psi)
  const level_psi = stabilityIndex(
    ThreatLevel.options.map((level) => distribution.levels[level] ?? 0),
    levelShares(levels),
  )
  const worst = Math.max(level_psi, features[0]?.psi ?? 0)
  return { sessions: rows.length, verdict: verdictOf(worst), level_psi, features }
}

/** Shares of the levels, from low to critical. */
export function levelShares(levels: readonly ThreatLevel[]): number[] {
  return ThreatLevel.options.map(
    (level) => levels.filter((each) => each === level).length / Math.max(1, levels.length),
  )
}

function sharesOf(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0)
  for (const value of values) {
    const bin = edges.findIndex((edge) => value <= edge)
    const at = bin < 0 ? edges.length : bin
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts.map((count) => count / Math.max(1, values.length))
}

function verdictOf(psi: number): DriftVerdict {
  return psi < 0.1 ? 'stable' : psi < 0.25 ? 'shifted' : 'drifted'
}
