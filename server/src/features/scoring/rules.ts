import { type Contribution, levelOf, round4, type Score, type Scorer, withinBehaviours } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { signalNamed } from './signals.js'

interface CountRule {
  readonly name: string
  readonly description: string
  readonly techniques: readonly string[]
  /** 0..1, never falling as the facts grow. */
  readonly weight: (facts: SessionFacts) => number
}

/** The version of the rules: it changes with what they look at and with their weights. */
const RULES = 'rules-3'

/** Reasons read from how much happened; what happened is said by the behaviours. */
export const COUNT_RULES: readonly CountRule[] = [
  {
    name: 'contact',
    description: 'Somebody touched a system that nobody has a reason to touch',
    techniques: ['T1595'],
    weight: (facts) => (facts.event_count > 0 ? 0.05 : 0),
  },
  {
    name: 'login_attempts',
    description: 'Logins were tried; the more, the likelier a brute force',
    techniques: ['T1110'],
    weight: ({ login_attempt_count: attempts }) => Math.min(0.4, 0.06 * Math.log2(1 + attempts)),
  },
  {
    name: 'login_success',
    description: 'A login succeeded',
    techniques: ['T1078'],
    weight: ({ login_success_count: successes }) => (successes > 0 ? 0.25 : 0),
  },
  {
    name: 'commands',
    description: 'Commands were run',
    techniques: ['T1059'],
    weight: ({ command_count: commands }) => Math.min(0.35, 0.1 * Math.log2(1 + commands)),
  },
  {
    name: 'many_files',
    description: 'Several files were moved',
    techniques: ['T1105'],
    weight: ({ file_count: files }) => Math.min(0.3, 0.1 * Math.max(0, files - 1)),
  },
]

/**
 * Transparent rules. Weights w combine as independent evidence (noisy-or, Pearl 1988): score = 1 - Π(1 - w). Each
 * reason's contribution is the part of what was left that it took, heaviest first, so contributions sum to the score.
 * Where the session's behaviours allow less, or ask for more, all of them change in proportion.
 * Monotone in every fact: a session never becomes less of a threat by doing more.
 */
export function createRuleScorer(): Scorer {
  return { name: RULES, score: scoreByRules }
}

export function scoreByRules(facts: SessionFacts): Score {
  const weights: Array<[name: string, weight: number]> = []
  for (const rule of COUNT_RULES) weights.push([rule.name, rule.weight(facts)])
  for (const name of facts.signals) weights.push([name, signalNamed(name)?.weight ?? 0])
  weights.sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
  let left = 1
  const reasons: Contribution[] = []
  for (const [name, weight] of weights) {
    if (weight <= 0) continue
    reasons.push({ name, contribution: round4(left * weight) })
    left *= 1 - weight
  }
  const bounded = withinBehaviours(1 - left, facts.signals)
  const threat_score = round4(bounded)
  const share = left < 1 ? bounded / (1 - left) : 1
  if (share !== 1) for (const reason of reasons) reason.contribution = round4(reason.contribution * share)
  return { threat_score, threat_level: levelOf(threat_score), reasons, scorer: RULES }
}
