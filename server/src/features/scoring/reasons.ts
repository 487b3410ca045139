import type { ScoreReason } from '@eviltwin/contract'
import { FEATURES } from './features.js'
import { COUNT_RULES, scoreByRules } from './rules.js'
import type { Contribution } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { SIGNALS } from './signals.js'

/** What a model gives before it looks, and what the reasons that are not told add up to. */
export const BASE_RATE = 'base_rate'
export const OTHER_FEATURES = 'other_features'

interface Meaning {
  description: string
  techniques: readonly string[]
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  [BASE_RATE, { description: 'What a session is worth of which nothing is known', techniques: [] }],
  [OTHER_FEATURES, { description: 'Everything else the model looks at, together', techniques: [] }],
  ...[...FEATURES, ...COUNT_RULES].map((meaning): [string, Meaning] => [meaning.name, meaning]),
])

/** What a stored reason means in words, whichever scorer gave it. What speaks against a threat is evidence of no technique. */
export function describeReason({ name, contribution }: Contribution): ScoreReason {
  const known = MEANINGS.get(name)
  return {
    name,
    contribution,
    description: known ? inWords(known.description, contribution) : 'A reason of an earlier version',
    techniques: contribution > 0 ? [...(known?.techniques ?? [])] : [],
  }
}

/** What lowers a score is that something was not there. */
function inWords(description: string, contribution: number): string {
  return contribution < 0 ? `Little or nothing of this: ${description}` : description
}

/** ATT&CK techniques that a session shows, each with what shows it: by the rules, whoever scored. */
export function techniquesShown(facts: SessionFacts): Array<{ id: string; because: string[] }> {
  const because = new Map<string, string[]>()
  for (const reason of scoreByRules(facts).reasons) {
    for (const id of describeReason(reason).techniques)
      because.set(id, [...(because.get(id) ?? []), reason.name])
  }
  return [...because].map(([id, names]) => ({ id, because: names }))
}

/** What shows a technique, for every technique that anything shows. */
export function techniqueEvidence(): Array<{ technique: string; shown_by: string }> {
  return [...SIGNALS, ...COUNT_RULES].flatMap(({ name, techniques }) =>
    techniques.map((technique) => ({ technique, shown_by: name })),
  )
}
