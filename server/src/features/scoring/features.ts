import { distinctIn } from '../../domain/distinct-sketch.js'
import { scoreByRules } from './rules.js'
import type { Score } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { SIGNALS, signalNamed } from './signals.js'

/** One number about a session, and what it means. */
export interface Feature {
  readonly name: string
  readonly description: string
  /** MITRE ATT&CK techniques that a high value is evidence of. */
  readonly techniques: readonly string[]
  readonly of: (facts: SessionFacts, byRules: Score) => number
}

/** The one feature that is a score itself: that of the rules. */
export const RULE_SCORE = 'rule_score'

/** Clients that people use; most attackers are programs that say so. */
const HANDS_ON = /OpenSSH|PuTTY|Windows|SecureCRT|Bitvise|WinSCP/i
const SECOND_MS = 1000

const counted = (
  name: string,
  description: string,
  techniques: readonly string[],
  of: (facts: SessionFacts) => number,
): Feature => ({ name, description, techniques, of: (facts) => Math.log2(1 + of(facts)) })

/**
 * Everything the model looks at: facts of the session alone, so that its score depends on its own events and on nothing else, neither their
 * order nor what was known of the attacker when they came. No address, name or id is among it. None falls as a session grows, and the
 * model is trained never to fall as one rises, so neither does a score.
 */
export const FEATURES: readonly Feature[] = [
  counted('events', 'How much happened', ['T1595'], ({ event_count }) => event_count),
  counted(
    'login_attempts',
    'How many logins were tried',
    ['T1110'],
    ({ login_attempt_count }) => login_attempt_count,
  ),
  {
    name: 'login_success',
    description: 'Whether a login succeeded',
    techniques: ['T1078'],
    of: ({ login_success_count }) => Math.min(1, login_success_count),
  },
  counted('credentials', 'How many different credentials were tried', ['T1110'], ({ credential_sketch }) =>
    Math.round(distinctIn(credential_sketch)),
  ),
  counted('commands', 'How many commands were run', ['T1059'], ({ command_count }) => command_count),
  counted('files', 'How many files were moved', ['T1105'], ({ file_count }) => file_count),
  counted(
    'proxy_requests',
    'How often the sensor was used as a proxy',
    ['T1090'],
    ({ proxy_request_count }) => proxy_request_count,
  ),
  counted(
    'duration',
    'How long it lasted',
    [],
    ({ started_at, last_seen_at }) =>
      Math.max(0, milliseconds(last_seen_at) - milliseconds(started_at)) / SECOND_MS,
  ),
  counted(
    'fingerprints',
    'How many clients and HASSH fingerprints showed',
    [],
    ({ clients }) => clients.length,
  ),
  {
    name: 'hands_on_client',
    description: 'Whether a client was one that people use',
    techniques: [],
    of: ({ clients }) => (clients.some((client) => HANDS_ON.test(client)) ? 1 : 0),
  },
  {
    name: 'tactics',
    description: 'How many ATT&CK tactics were seen',
    techniques: [],
    of: ({ signals }) => tacticsShown(signals),
  },
  {
    name: RULE_SCORE,
    description: 'What the rules make of it',
    techniques: [],
    of: (_facts, { threat_score }) => threat_score,
  },
  ...SIGNALS.map(({ name, description }) => ({
    name,
    description,
    techniques: [],
    of: ({ signals }: SessionFacts) => (signals.includes(name) ? 1 : 0),
  })),
]

/** @param byRules what the rules say of the same facts. */
export function featureVector(facts: SessionFacts, byRules = scoreByRules(facts)): number[] {
  return FEATURES.map(({ of }) => of(facts, byRules))
}

function tacticsShown(signals: readonly string[]): number {
  return new Set(signals.flatMap((name) => signalNamed(name)?.tactics ?? [])).size
}

/** Only up to milliseconds is a time ISO 8601 as ECMAScript has it, and read ten times faster. */
function milliseconds(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 23)}Z`)
}
