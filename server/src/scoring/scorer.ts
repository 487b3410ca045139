import type { ScoreReason, ThreatLevel } from '@eviltwin/contract'
import type { SessionFacts } from './session-facts.js'

/** How much one named reason added; the contributions of a score add up to it. */
export type Contribution = Pick<ScoreReason, 'name' | 'contribution'>

/** A judgement about a session. */
export interface Score {
  /** 0 (harmless) .. 1, four decimals. */
  threat_score: number
  threat_level: ThreatLevel
  /** Largest contribution first. */
  reasons: Contribution[]
  /** Which scorer and version said so. */
  scorer: string
}

/** Judges sessions. The rules implement it today; a trained model will stand behind the same interface. */
export interface Scorer {
  readonly name: string
  /** Pure, and quick: it runs for every session of every commit. May throw; see `safeScorer`. */
  score(facts: SessionFacts): Score
  /** What a reason of this scorer's means, in words. */
  describe(reason: Contribution): ScoreReason
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
