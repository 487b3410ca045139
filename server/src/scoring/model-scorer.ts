import type { AttackerHistory } from './attacker-history.js'
import { FEATURES, featureVector } from './features.js'
import { BASE_RATE, OTHER_FEATURES } from './reasons.js'
import { addContributions, compiled } from './regression-trees.js'
import { type Contribution, levelOf, round4, type Score, type Scorer } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { signalNamed } from './signals.js'
import { modelName, type ThreatModelFile } from './threat-model.js'

/** Reasons that are told; the rest is one number. */
const TOP_REASONS = 6
/**
 * Scores by a trained model: the sum of its trees is the severity to expect, 0..1. A signal that training could not learn from
 * adds its rule's weight w to what is left (noisy-or), since what was never seen must not count as harmless.
 */
export function createModelScorer(model: ThreatModelFile): Scorer {
  const name = modelName(model)
  const unlearned = new Set(model.unlearned)
  const trees = model.trees.map(compiled)

  function score(facts: SessionFacts, history: AttackerHistory): Score {
    const row = featureVector(facts, history)
    const contributions = new Float64Array(FEATURES.length)
    let base = model.base
    for (const tree of trees) base += addContributions(tree, row, contributions)
    const reasons: Contribution[] = []
    let sum = base
    for (let n = 0; n < FEATURES.length; n += 1) {
      const contribution = contributions[n] as number
      if (contribution === 0) continue
      reasons.push({ name: FEATURES[n]?.name as string, contribution })
      sum += contribution
    }
    for (const signal of facts.signals) {
      if (!unlearned.has(signal)) continue
      const weight = (signalNamed(signal)?.weight ?? 0) * Math.max(0, 1 - sum)
      reasons.push({ name: signal, contribution: weight })
      sum += weight
    }
    if (!Number.isFinite(sum)) throw new Error('the model gave no number')
    const threat_score = round4(Math.min(1, Math.max(0, sum)))
    return {
      threat_score,
      threat_level: levelOf(threat_score),
      reasons: told(base, reasons, threat_score),
      scorer: name,
    }
  }

  return { name, score }
}

/** The largest contributions of either sign, and the rest, so that all add up to the score. */
function told(base: number, reasons: Contribution[], score: number): Contribution[] {
  reasons.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || (a.name < b.name ? -1 : 1))
  const top = [{ name: BASE_RATE, contribution: base }, ...reasons.slice(0, TOP_REASONS)].map(
    ({ name, contribution }) => ({ name, contribution: round4(contribution) }),
  )
  const rest = round4(top.reduce((left, { contribution }) => left - contribution, score))
  return rest === 0 ? top : [...top, { name: OTHER_FEATURES, contribution: rest }]
}
