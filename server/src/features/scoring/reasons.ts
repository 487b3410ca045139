import type { ScoreReason } from '@eviltwin/contract'
import { techniquesByBehaviour } from './commands/statement-rules.js'
import { FEATURES } from './features.js'
import { COUNT_RULES } from './rules.js'
import type { Contribution } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { SIGNALS } from './signals.js'

/** What a model gives before it looks, and what the reasons that are not named add up to. */
export const BASE_RATE = 'base_rate'
export const OTHER_FEATURES = 'other_features'

interface Meaning {
  description: string
  /** That it can be evidence of. */
  techniques: readonly string[]
}

const BY_STATEMENTS = techniquesByBehaviour()

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  [BASE_RATE, { description: 'Baseline', techniques: [] }],
  [OTHER_FEATURES, { description: 'Other features', techniques: [] }],
  ...[...FEATURES, ...COUNT_RULES].map((meaning): [string, Meaning] => [meaning.name, meaning]),
  ...SIGNALS.map(({ name, description, techniques }): [string, Meaning] => [
    name,
    { description, techniques: [...new Set([...techniques, ...(BY_STATEMENTS.get(name) ?? [])])] },
  ]),
])

/** Logins that are no guessing yet: a key that was offered, a slip, and what succeeds. */
export const MAX_SLIPS = 3

/** Techniques that counts of a session show, with the name of the count. */
const COUNTED: ReadonlyArray<
  readonly [technique: string, because: string, shows: (facts: CountedFacts) => boolean]
> = [
  ['T1110', 'login_attempts', ({ login_attempt_count }) => login_attempt_count > MAX_SLIPS],
  ['T1078', 'login_success', ({ login_success_count }) => login_success_count > 0],
  ['T1059', 'commands', ({ command_count }) => command_count > 0],
]

type CountedFacts = Pick<SessionFacts, 'login_attempt_count' | 'login_success_count' | 'command_count'>
type ShownFacts = CountedFacts & Pick<SessionFacts, 'signals' | 'techniques'>

/**
 * What a stored reason means in words, whichever scorer gave it.
 * @param shown ids of the techniques that the session shows: a reason is evidence of no other, and one that speaks against a threat of none.
 */
export function describeReason(
  { name, contribution }: Contribution,
  shown: ReadonlySet<string>,
): ScoreReason {
  const known = MEANINGS.get(name)
  return {
    name,
    contribution,
    description: known ? inWords(known.description, contribution) : 'A reason of an earlier version',
    techniques: contribution > 0 && known ? known.techniques.filter((id) => shown.has(id)) : [],
  }
}

/** What lowers a score is that something was not there. */
function inWords(description: string, contribution: number): string {
  return contribution < 0 ? `Absent: ${description}` : description
}

/** ATT&CK techniques that events and statements of a session show, each with the behaviours or counts that it belongs to. */
export function techniquesShown(facts: ShownFacts): Array<{ id: string; because: string[] }> {
  const counted = COUNTED.filter(([, , shows]) => shows(facts))
  const ids = new Set([...facts.techniques, ...counted.map(([id]) => id)])
  return [...ids].sort().map((id) => ({
    id,
    because: [
      ...facts.signals.filter((name) => MEANINGS.get(name)?.techniques.includes(id)),
      ...counted.flatMap(([technique, because]) => (technique === id ? because : [])),
    ],
  }))
}

/** The behaviours, or the count, that a technique can belong to. */
export function evidenceNames(technique: string): string[] {
  return [
    ...SIGNALS.flatMap(({ name }) => (MEANINGS.get(name)?.techniques.includes(technique) ? name : [])),
    ...COUNTED.flatMap(([id, because]) => (id === technique ? because : [])),
  ]
}
