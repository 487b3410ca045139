import type { ScoreReason, ThreatLevel } from '@eviltwin/contract'
import type { SessionFacts } from './session-facts.js'
import { signalNamed } from './signals.js'

/** How much one named reason added; the contributions of a score add up to it. */
export type Contribution = Pick<ScoreReason, 'name' | 'contribution'>

/** The score of a session, with its reasons. */
export interface Score {
  /** 0 (harmless) .. 1, four decimals. */
  threat_score: number
  threat_level: ThreatLevel
  /** Largest contribution first. */
  reasons: Contribution[]
  /** The scorer and its version. */
  scorer: string
}

/** Scores sessions: a trained model, or rules while there is none. */
export interface Scorer {
  readonly name: string
  /** Pure, and quick: it runs for every session of every commit. May throw; see `safeScorer`. */
  score(facts: SessionFacts): Score
}

/** Lower bounds of the levels above `low`. Recorded scores keep the level they were given. */
const LEVEL_BOUNDS: ReadonlyArray<readonly [ThreatLevel, number]> = [
  ['critical', 0.85],
  ['high', 0.6],
  ['medium', 0.3],
]

export function levelOf(score: number): ThreatLevel {
  return LEVEL_BOUNDS.find(([, bound]) => score >= bound)?.[0] ?? 'low'
}

/** The lowest and highest scores of sessions whose most severe behaviour is of severity 0 (none) to 3. */
const BANDS = [
  [0, 0.5999],
  [0, 0.5999],
  [0.6, 0.8499],
  [0.85, 1],
] as const

/**
 * A score within what behaviours allow: however long a session reads and asks, it is not high; one that acts on the system is high; critical is
 * staying, harming or a canary. Never falls as behaviours are added.
 */
export function withinBehaviours(score: number, signals: readonly string[]): number {
  const [lowest, highest] = BANDS[severityOfBehaviours(signals)]
  return Math.min(highest, Math.max(lowest, score))
}

/** How severe what a session shows is at most: 0 where it shows nothing. */
export function severityOfBehaviours(signals: readonly string[]): 0 | 1 | 2 | 3 {
  return signals.reduce<0 | 1 | 2 | 3>((highest, name) => {
    const severity = signalNamed(name)?.severity ?? 0
    return severity > highest ? severity : highest
  }, 0)
}

/** As scores and contributions are kept. */
export function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
