import type { Score, Scorer } from './scorer.js'
import type { SessionFacts } from './session-facts.js'

/** For the session that nothing can judge: stored, visible, and plainly not scored. */
const UNSCORED: Score = { threat_score: 0, threat_level: 'low', reasons: [], scorer: 'none' }

/**
 * Scores with the first scorer that does not throw: failing to score never fails ingest.
 * @param scorers in order of preference; the first also explains reasons.
 * @param onFailure told of every failure.
 */
export function safeScorer(
  scorers: readonly [Scorer, ...Scorer[]],
  onFailure: (error: unknown) => void,
): Scorer {
  const [preferred] = scorers
  return {
    name: preferred.name,
    score(facts: SessionFacts): Score {
      for (const scorer of scorers) {
        try {
          return scorer.score(facts)
        } catch (error) {
          onFailure(error)
        }
      }
      return UNSCORED
    },
    describe: (reason) => preferred.describe(reason),
  }
}
