import type { Score, Scorer } from './scorer.js'
import type { SessionFacts } from './session-facts.js'

/** For the session that nothing can score: stored, visible, and plainly not scored. */
const UNSCORED: Score = { threat_score: 0, threat_level: 'low', reasons: [], scorer: 'none' }

/**
 * Scores by the model while there is one, by rules while there is none or it throws: failing to score never fails ingest.
 * @param onFailure is called with every failure.
 */
export function safeScorer(
  model: () => Scorer | null,
  rules: Scorer,
  onFailure: (error: unknown) => void,
): Scorer {
  return {
    get name() {
      return (model() ?? rules).name
    },
    score(facts: SessionFacts): Score {
      for (const scorer of [model(), rules]) {
        try {
          if (scorer) return scorer.score(facts)
        } catch (error) {
          onFailure(error)
        }
      }
      return UNSCORED
    },
  }
}
