import { FEATURES, type Feature, featureVector, RULE_SCORE } from './features.js'
import { BASE_RATE, OTHER_FEATURES } from './reasons.js'
import { addContributions, compiled } from './regression-trees.js'
import { scoreByRules } from './rules.js'
import { type Contribution, levelOf, round4, type Score, type Scorer, withinBehaviours } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { signalNamed } from './signals.js'
import { modelName, type ThreatModelFile } from './threat-model.js'

/** Reasons that are named; the rest is one number. */
const TOP_REASONS = 6

/**
 * Scores by a trained model: the sum of its trees is the severity to expect, 0..1. A signal that training could not learn from
 * adds its rule's weight w to what is left (noisy-or), since what was never seen must not count as harmless. Behaviours set bounds: counts alone
 * make no session high, and what acts on the system, stays or harms is never less than high or critical.
 */
export function createModelScorer(model: ThreatModelFile): Scorer {
  const name = modelName(model)
  const unlearned = new Set(model.unlearned)
  const trees = model.trees.map(compiled)
  const base = trees.reduce((sum, { value }) => sum + (value[0] as number), model.base)

  function score(facts: SessionFacts): Score {
    const byRules = scoreByRules(facts)
    const row = featureVector(facts, byRules)
    const contributions = new Float64Array(FEATURES.length)
    for (const tree of trees) addContributions(tree, row, contributions)
    const byName = new Map<string, number>()
    const give = (to: string, contribution: number) => byName.set(to, (byName.get(to) ?? 0) + contribution)
    let sum = base
    for (let n = 0; n < FEATURES.length; n += 1) {
      const contribution = contributions[n] as number
      if (contribution === 0) continue
      sum += contribution
      const feature = (FEATURES[n] as Feature).name
      if (feature === RULE_SCORE && contribution > 0) shareOut(contribution, byRules, give)
      else give(feature, contribution)
    }
    for (const signal of facts.signals) {
      if (!unlearned.has(signal)) continue
      const weight = (signalNamed(signal)?.weight ?? 0) * Math.max(0, 1 - sum)
      give(signal, weight)
      sum += weight
    }
    if (!Number.isFinite(sum)) throw new Error('the model gave no number')
    const threat_score = round4(withinBehaviours(sum, facts.signals))
    const mostSevere = mostSevereOf(facts.signals)
    if (mostSevere !== null && threat_score > sum) give(mostSevere, threat_score - sum)
    return {
      threat_score,
      threat_level: levelOf(threat_score),
      reasons: namedReasons(base, byName, threat_score),
      scorer: name,
    }
  }

  return { name, score }
}

/** The behaviour that sets the lowest score of a session; the first by name of several. */
function mostSevereOf(signals: readonly string[]): string | null {
  const severity = (name: string) => signalNamed(name)?.severity ?? 0
  return signals.reduce<string | null>(
    (found, name) => (found === null || severity(name) > severity(found) ? name : found),
    null,
  )
}

/** What the rules' score gave, to the rules in proportion: whoever reads it learns what was done. */
function shareOut(
  contribution: number,
  { reasons, threat_score }: Score,
  give: (to: string, part: number) => void,
): void {
  for (const reason of reasons) give(reason.name, (contribution * reason.contribution) / threat_score)
}

/** The largest contributions of either sign, the baseline, and the rest, so that all add up to the score. */
function namedReasons(base: number, byName: ReadonlyMap<string, number>, score: number): Contribution[] {
  const reasons = [...byName]
    .sort(([nameA, a], [nameB, b]) => Math.abs(b) - Math.abs(a) || (nameA < nameB ? -1 : 1))
    .slice(0, TOP_REASONS)
  const all = [...reasons, [BASE_RATE, base] as const].map(([name, contribution]) => ({
    name,
    contribution: round4(contribution),
  }))
  const rest = round4(all.reduce((left, { contribution }) => left - contribution, score))
  return rest === 0 ? all : [...all, { name: OTHER_FEATURES, contribution: rest }]
}
