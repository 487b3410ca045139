import type { Event } from '@eviltwin/contract'
import { millisecondsOf, timestampOf } from '../../domain/timestamp.js'
import { applyEvent, emptySession, type OpenSession } from '../ingest/index.js'
import {
  featureVector,
  type SessionFacts,
  severityOfBehaviours,
  shownBy,
  type Tactic,
} from '../scoring/index.js'
import { normalize, Rejection } from '../sensors/index.js'
import type { LabelledSession } from './labelled.js'
import { max, type Severity, severityOf, severityOfTactics } from './severity.js'

/** What a scorer sees of a session at one moment, and how severe the whole session is. */
export interface Example {
  /** `whole`: everything. `before`: only what happened before the event that decides the severity, so the label is the future. */
  view: 'whole' | 'before'
  source: 'sensor' | 'expert'
  row: number[]
  facts: SessionFacts
  severity: Severity
  /** What must not be on both sides of a split: the address; for expert sessions, which have none, the session. */
  attacker: string
  /** Of the session's first event, `YYYY-MM-DD`. */
  day: string
}

interface ObservedSession {
  session: OpenSession
  severity: Severity
  before: Snapshot | null
  whole: Snapshot
}
type Snapshot = Pick<Example, 'row' | 'facts'>

/** When examples are "received": after all of them, since a time that lies ahead would be doubted. */
const RECEIVED_AT = '2100-01-01T00:00:00.000000Z'
/** Experts' sessions have no time of their own. */
const EXPERT_TIME = millisecondsOf('2020-01-01T00:00:00.000000Z')

/**
 * Examples from what sensors wrote, in the order in which it happened: sessions grow as they do in the pipeline. Severities of commands
 * come from the behaviours of their statements.
 * @param records lines of JSON. Those that are no events are left out.
 */
export function examplesOfSensors(records: readonly string[]): Example[] {
  const events = records
    .flatMap((raw) => eventsOf(raw))
    .sort((a, b) => (a.occurred_at < b.occurred_at ? -1 : a.occurred_at > b.occurred_at ? 1 : 0))
  return examplesOf(events, 'sensor', (event) => severityOfBehaviours(shownBy(event).behaviours))
}

/**
 * Examples from sessions whose statements experts labelled: each as a login and its commands, one event a statement or the line as it is, by
 * turns, since attackers do both.
 */
export function examplesOfExperts(sessions: readonly LabelledSession[]): Example[] {
  return sessions.flatMap((session, n) => {
    const { events, tactics } = asEvents(session, n)
    return examplesOf(events, 'expert', ({ id }) => severityOfTactics(tactics.get(id) ?? []))
  })
}

function examplesOf(
  events: readonly Event[],
  source: Example['source'],
  severityOfCommand: (event: Event) => Severity,
): Example[] {
  const sessions = new Map<string, ObservedSession>()
  const seen = new Set<string>()
  for (const event of events) {
    if (seen.has(event.id)) continue
    seen.add(event.id)
    const known = sessions.get(event.session_id)
    const session = known?.session ?? emptySession(event)
    applyEvent(session, event)
    const whole = snapshot(session)
    const ofCommand: Severity =
      event.event_type === 'command' && event.outcome === null ? severityOfCommand(event) : 0
    const severity = max(known?.severity ?? 0, severityOf(event, ofCommand, session.login_attempt_count))
    // The last view before the severity rose to what it is; of a session that never rose, its first event.
    const before = severity > (known?.severity ?? 0) ? (known?.whole ?? null) : (known?.before ?? whole)
    sessions.set(event.session_id, { session, severity, before, whole })
  }
  return [...sessions.values()].flatMap(({ session, severity, before, whole }) => {
    const { id, source_ip, started_at } = session
    const common = {
      source,
      severity,
      attacker: source === 'sensor' ? source_ip : id,
      day: started_at.slice(0, 10),
    }
    return [
      { ...common, ...whole, view: 'whole' as const },
      ...(before ? [{ ...common, ...before, view: 'before' as const }] : []),
    ]
  })
}

function snapshot(session: OpenSession): Snapshot {
  const facts = { ...session }
  return { row: featureVector(facts), facts }
}

function eventsOf(raw: string): Event[] {
  try {
    const events = normalize(JSON.parse(raw), raw, { received_at: RECEIVED_AT })
    return events instanceof Rejection ? [] : events
  } catch {
    return []
  }
}

function asEvents(
  { commands: line, statements, tactics }: LabelledSession,
  n: number,
): { events: Event[]; tactics: Map<string, Tactic[]> } {
  const start = EXPERT_TIME + n * 3_600_000
  const record = (second: number, details: object) =>
    eventsOf(
      JSON.stringify({
        session: `expert-${n}`,
        src_ip: '192.0.2.1',
        protocol: 'ssh',
        timestamp: timestampOf(start + second * 1000),
        ...details,
      }),
    )
  const opening = [
    ...record(0, { eventid: 'cowrie.session.connect' }),
    ...record(1, { eventid: 'cowrie.login.success', username: 'root', password: 'root' }),
  ]
  const lines =
    n % 2 === 0
      ? [{ input: line, tactics }]
      : statements.map((input, at) => ({ input, tactics: tactics.slice(at, at + 1) }))
  const byEvent = new Map<string, Tactic[]>()
  const commands = lines.flatMap((line, at) => {
    const events = record(2 + at, { eventid: 'cowrie.command.input', input: line.input })
    for (const { id } of events) byEvent.set(id, line.tactics)
    return events
  })
  return { events: [...opening, ...commands], tactics: byEvent }
}
