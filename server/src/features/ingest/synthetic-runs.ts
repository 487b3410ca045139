import type { Event } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import type { SessionRow } from '../../domain/session.js'
import type { MarkedAttack } from '../../domain/synthetic-marker.js'
import { millisecondsOf } from '../../domain/timestamp.js'
import type { Scorer } from '../scoring/index.js'
import { NO_REQUEST, planCommit } from './commit-plan.js'
import { escalationsOf } from './escalation.js'
import type { WriteGroup } from './write-group.js'

/** What ingest has to know of the platform's own attacks. */
export interface SyntheticRuns {
  /** Those of these events that may belong to an attack of the platform, as far as this process knows; nearly always none. */
  concerned(events: readonly Event[]): readonly Event[]
  /** Whether a text proves that it is of this attack. */
  proves(text: string, attack: MarkedAttack): boolean
}

/** A server that does not attack itself. */
export const NO_SYNTHETIC_RUNS: SyntheticRuns = { concerned: () => [], proves: () => false }

/** An attack as it is stored. Times are milliseconds since the epoch. */
export interface StoredRun extends MarkedAttack {
  id: string
  source_ip: string
  closes_at: number
  state: 'expected' | 'verified' | 'failed'
  /** The session that proved to be of it. */
  session_id: string | null
}

/** A session that is kept apart, because it may be or is of an attack of the platform. */
export interface HeldSession {
  run_id: string
  session: SessionRow
}

/** What the store holds of the attacks that events of a group may belong to. */
export interface SyntheticContext {
  knownEventIds: ReadonlySet<string>
  /** By id. */
  runs: ReadonlyMap<string, StoredRun>
  /** By the id of the session. */
  sessions: ReadonlyMap<string, HeldSession>
}

export const NOTHING_SYNTHETIC: SyntheticContext = {
  knownEventIds: new Set(),
  runs: new Map(),
  sessions: new Map(),
}

/** An escalation of an attack of the platform, as it waits for the alert manager. */
export type SyntheticEscalation = EscalationRow & { synthetic_run: string }

/** What a group adds to sessions that are kept apart. */
export interface SyntheticPlan {
  events: Array<{ run_id: string; event: Event }>
  sessions: HeldSession[]
  /** Runs that these events prove, each with the one session that is of it. */
  claims: SyntheticClaim[]
  escalations: SyntheticEscalation[]
}

/** A session that has the marker of a run. */
export interface SyntheticClaim {
  run_id: string
  session_id: string
  /** When the event with the marker was received, RFC 3339. */
  received_at: string
}

/** Sensors' clocks differ from ours by this much at most, in milliseconds; what is stated otherwise is no event of the attack. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

/**
 * Which of new events are kept apart, and of which run each is: those of a session that is kept apart and not given back, and those that
 * begin a session while an attack is expected from their address on their sensor. All others are an attacker's. Pure.
 * @param stored sessions of attackers by id: an attack of the platform never joins one.
 */
export function heldEvents(
  events: readonly Event[],
  context: SyntheticContext,
  stored: ReadonlyMap<string, SessionRow>,
): Map<Event, StoredRun> {
  const held = new Map<Event, StoredRun>()
  for (const event of events) {
    const of = context.sessions.get(event.session_id)
    const run = of ? context.runs.get(of.run_id) : undefined
    const isHeld = run && (run.state === 'expected' || run.session_id === event.session_id)
    if (run && isHeld) held.set(event, run)
    if (of || stored.has(event.session_id)) continue
    const expected = [...context.runs.values()].find((each) => isExpectedOf(each, event))
    if (expected) held.set(event, expected)
  }
  return held
}

function isExpectedOf(
  { state, sensor_id, source_ip, opens_at, closes_at }: StoredRun,
  event: Event,
): boolean {
  if (state !== 'expected' || sensor_id !== event.sensor_id || source_ip !== event.source_ip) return false
  const received = millisecondsOf(event.received_at)
  const occurred = millisecondsOf(event.occurred_at)
  return (
    received >= opens_at &&
    received <= closes_at &&
    occurred >= opens_at - CLOCK_TOLERANCE_MS &&
    occurred <= closes_at + CLOCK_TOLERANCE_MS
  )
}

/**
 * What held events change: sessions are projected and scored as those of attackers are, and the first one with the marker of its run is of
 * it. Only such a session escalates, from its first event on. Pure.
 */
export function planSynthetic(
  held: ReadonlyMap<Event, StoredRun>,
  { sessions }: SyntheticContext,
  { requestOf, shown }: Pick<WriteGroup, 'requestOf' | 'shown'>,
  scorer: Scorer,
  proves: SyntheticRuns['proves'],
): SyntheticPlan {
  const events = [...held].map(([event, { id }]) => ({ run_id: id, event }))
  const before = new Map([...sessions].map(([id, { session }]) => [id, session]))
  const projected = planCommit([...held.keys()], before, scorer, requestOf, shown)
  const runOf = new Map(events.map(({ run_id, event }) => [event.session_id, run_id]))
  const claims = claimsOf(held, proves)
  const claimed = new Set(claims.map(({ session_id }) => session_id))
  const proven = new Set([...held.values()].flatMap(({ session_id }) => session_id ?? []))
  const escalations = projected.sessions.flatMap((after) => {
    if (!claimed.has(after.id) && !proven.has(after.id)) return []
    const known = claimed.has(after.id) ? undefined : before.get(after.id)
    const ids = requestOf.get(after.id) ?? NO_REQUEST
    const synthetic_run = runOf.get(after.id) as string
    return escalationsOf(known, after, [], ids).map((escalation) => ({ ...escalation, synthetic_run }))
  })
  return {
    events,
    sessions: projected.sessions.map((session) => ({ run_id: runOf.get(session.id) as string, session })),
    claims,
    escalations,
  }
}

function claimsOf(held: ReadonlyMap<Event, StoredRun>, proves: SyntheticRuns['proves']): SyntheticClaim[] {
  const claims = new Map<string, SyntheticClaim>()
  for (const [event, run] of held) {
    if (run.state !== 'expected' || claims.has(run.id) || !proves(textOf(event), run)) continue
    const { session_id, received_at } = event
    claims.set(run.id, { run_id: run.id, session_id, received_at })
  }
  return [...claims.values()]
}

/** Everything that an event says. */
export function textOf(event: Event): string {
  return event.raw ?? JSON.stringify(event)
}
