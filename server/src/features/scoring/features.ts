import { distinctIn } from '../../domain/distinct-sketch.js'
import { techniqueNamed } from './attack-techniques.js'
import type { AttackerHistory } from './attacker-history.js'
import { scoreByRules } from './rules.js'
import type { Score } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { SIGNALS } from './signals.js'

/** One number about a session and its attacker, and what it means. */
export interface Feature {
  readonly name: string
  readonly description: string
  /** MITRE ATT&CK techniques that a high value is evidence of. */
  readonly techniques: readonly string[]
  readonly of: (facts: SessionFacts, history: AttackerHistory, byRules: Score) => number
}

/** The one feature that is a judgement itself: what the rules make of everything they know. */
export const RULE_SCORE = 'rule_score'

/** Clients that people use; most attackers are programs that say so. */
const HANDS_ON = /OpenSSH|PuTTY|Windows|SecureCRT|Bitvise|WinSCP/i
const SECOND_MS = 1000
const DAY_MS = 86_400_000

const counted = (
  name: string,
  description: string,
  techniques: readonly string[],
  of: (facts: SessionFacts, history: AttackerHistory) => number,
): Feature => ({ name, description, techniques, of: (facts, history) => Math.log2(1 + of(facts, history)) })

/**
 * Everything the model looks at. No address, name or id is among it: what is judged is what was done, not who did it. None falls
 * as a session grows, and the model is trained never to fall as one rises, so neither does a score.
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
  counted('duration', 'How long it lasted', [], ({ started_at, last_seen_at }) =>
    elapsed(started_at, last_seen_at, SECOND_MS),
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
    of: (_facts, _history, { threat_score }) => threat_score,
  },
  ...SIGNALS.map(({ name, description, techniques }) => ({
    name,
    description,
    techniques,
    of: ({ signals }: SessionFacts) => (signals.includes(name) ? 1 : 0),
  })),
  counted(
    'attacker_sessions',
    'How many sessions its attacker had',
    [],
    (_, { session_count }) => session_count,
  ),
  counted(
    'attacker_sensors',
    'How many sensors its attacker touched',
    ['T1595'],
    (_, { sensor_ids }) => sensor_ids.length,
  ),
  counted(
    'attacker_days',
    'How long its attacker has been known',
    [],
    ({ last_seen_at }, { first_seen_at }) => elapsed(first_seen_at, last_seen_at, DAY_MS),
  ),
  {
    name: 'attacker_signals',
    description: 'How much its attacker showed in all its sessions',
    techniques: [],
    of: (_, { signals }) => signals.length,
  },
]

/** @param byRules what the rules say of the same facts. */
export function featureVector(
  facts: SessionFacts,
  history: AttackerHistory,
  byRules = scoreByRules(facts),
): number[] {
  return FEATURES.map(({ of }) => of(facts, history, byRules))
}

const TACTICS_BY_SIGNAL = new Map(
  SIGNALS.map(({ name, techniques }) => [name, techniques.flatMap((id) => techniqueNamed(id)?.tactic ?? [])]),
)

function tacticsShown(signals: readonly string[]): number {
  if (signals.length === 0) return 0
  return new Set(signals.flatMap((name) => TACTICS_BY_SIGNAL.get(name) ?? [])).size
}

function elapsed(from: string, to: string, unitMs: number): number {
  return from === to ? 0 : Math.max(0, (milliseconds(to) - milliseconds(from)) / unitMs)
}

/** Only up to milliseconds is a time ISO 8601 as ECMAScript has it, and read ten times faster. */
function milliseconds(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 23)}Z`)
}
