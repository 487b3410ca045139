import type { Score, Scorer } from './scorer.js'
import type { SessionFacts } from './session-facts.js'

/**
 * Scores with `primary`, and with `fallback` whenever that throws: failing to score never fails ingest.
 * @param onFailure told of every failure of `primary`.
 */
export function safeScorer(primary: Scorer, fallback: Scorer, onFailure: (error: unknown) => void): Scorer {
  return {
    name: primary.name,
    score(facts: SessionFacts): Score {
      try {
        return primary.score(facts)
      } catch (error) {
        onFailure(error)
        return fallback.score(facts)
      }
    },
    describe: (reason) => primary.describe(reason),
  }
}
