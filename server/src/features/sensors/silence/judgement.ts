import type { Expected, Sensor, SensorKind, SensorState } from '@eviltwin/contract'
import { millisecondsOf, timestampOf } from '../../../domain/timestamp.js'
import { EVIDENCE, heartbeatLimit, learnedLimit, learnGap } from './cadence.js'
import { skewOf } from './clock-skew.js'

/** The platform's own time: seconds during which it could receive. It stands still while no server runs or the database is away. */
export interface PlatformTime {
  /** Milliseconds since the epoch. */
  at: number
  /** Seconds that it could receive since it began to look. */
  seconds: number
  /** The second at which it went on after it last stood still. */
  resumedAtSeconds: number
}

/** What the last look at a sensor left. Timestamps are RFC 3339 with six fractional digits, so that text order is time order. */
export interface StoredState {
  sensor_id: string
  state: SensorState
  since: string
  expected: boolean
  judged_by: Sensor['judged_by']
  limit_seconds: number | null
  heard_at: string
  heard_at_seconds: number
  first_at_seconds: number
  seen_at: string | null
  event_at: string | null
  event_at_seconds: number | null
  gap_weights: number[]
  gaps: number
  delays: number[]
  clock_skew_seconds: number | null
  duplicate: boolean
}

/** What a sensor sent, and what is expected of it. */
export interface SensorFacts {
  sensor_kind: SensorKind | null
  /** The receipt of its newest event, and when that happened by its own clock; null: it sent none. */
  last_received_at: string | null
  last_seen_at: string | null
  heartbeat: { first_received_at: string; received_at: string; gaps: number[]; delays: number[] } | null
  expectation: { expected: Expected; until: string | null; silence_limit_seconds: number | null } | null
  /** Two senders send as this sensor by turns. */
  duplicate: boolean
}

/** Delays of so many looks or heartbeats are kept. */
export const DELAYS_KEPT = 15
/** After the platform stood still nobody is called silent for so long: senders wait before they try again. */
const RESUME_SECONDS = 300
/** Heartbeats of a sensor whose events go on without them for so long count no more: its sender was replaced. */
const HEARTBEATS_VALID_MS = 7 * 86_400_000
/** For a sensor that is expected before anything is known of it. */
const UNKNOWN_LIMIT_SECONDS = { heartbeat: 300, events: 86_400 } as const

/** One look at a sensor. Pure. */
export function judge(facts: SensorFacts, before: StoredState, time: PlatformTime): StoredState {
  const learned = learnFrom(facts, before, time)
  const expectation = currentExpectation(facts, time.at)
  const limit = limitOf(facts, learned, expectation, time)
  const expected = isExpected(facts, expectation, limit)
  const state = stateOf(learned, limit?.seconds ?? null, time)
  return {
    ...learned,
    state,
    since: state === before.state ? before.since : timestampOf(time.at),
    expected,
    judged_by: limit?.by ?? null,
    limit_seconds: limit?.seconds ?? null,
    clock_skew_seconds: skewOf(facts.heartbeat?.delays ?? []) ?? skewOf(learned.delays),
    duplicate: facts.duplicate,
  }
}

/** Takes over what was received since the last look. */
function learnFrom(
  { last_received_at, last_seen_at, heartbeat }: SensorFacts,
  before: StoredState,
  time: PlatformTime,
): StoredState {
  const next = { ...before }
  if (last_received_at !== null && isLater(last_received_at, before.event_at)) {
    next.event_at = last_received_at
    next.event_at_seconds = Math.max(secondsAt(last_received_at, time), before.event_at_seconds ?? 0)
    if (before.event_at_seconds !== null) {
      const limit = before.judged_by === 'events' ? before.limit_seconds : null
      next.gap_weights = learnGap(before.gap_weights, next.event_at_seconds - before.event_at_seconds, limit)
      next.gaps = before.gaps + 1
    }
    if (last_seen_at !== null && isLater(last_seen_at, before.seen_at)) {
      next.seen_at = last_seen_at
      const delay = (millisecondsOf(last_received_at) - millisecondsOf(last_seen_at)) / 1000
      next.delays = [...before.delays, delay].slice(-DELAYS_KEPT)
    }
  }
  for (const heard of [last_received_at, heartbeat?.received_at ?? null])
    if (heard !== null && isLater(heard, next.heard_at)) {
      next.heard_at = heard
      next.heard_at_seconds = Math.max(secondsAt(heard, time), next.heard_at_seconds)
    }
  return next
}

function isLater(at: string, than: string | null): boolean {
  return than === null || at > than
}

/** When something came, in the platform's own time. */
function secondsAt(received_at: string, { at, seconds }: PlatformTime): number {
  return seconds - Math.max(0, (at - millisecondsOf(received_at)) / 1000)
}

/** What an administrator said, as far as it holds now. */
function currentExpectation({ expectation }: SensorFacts, at: number): Expected {
  if (expectation === null) return 'automatic'
  const { expected, until } = expectation
  if (until === null || at < millisecondsOf(until)) return expected
  return expected === 'yes' ? 'no' : 'automatic'
}

interface Limit {
  by: NonNullable<Sensor['judged_by']>
  seconds: number
}

/** How long a sensor may be silent; null while too little is known of it. */
function limitOf(
  facts: SensorFacts,
  learned: StoredState,
  expectation: Expected,
  time: PlatformTime,
): Limit | null {
  const own = facts.expectation?.silence_limit_seconds ?? null
  if (own !== null) return { by: 'own_limit', seconds: own }
  const heartbeat = validHeartbeat(facts)
  if (heartbeat !== null) {
    const { gaps, first_received_at, received_at } = heartbeat
    const observedMs = millisecondsOf(received_at) - millisecondsOf(first_received_at)
    const { heartbeats: needed } = EVIDENCE
    if (gaps.length >= needed.gaps && observedMs >= needed.observedSeconds * 1000)
      return { by: 'heartbeat', seconds: heartbeatLimit(gaps) }
  }
  const { events: needed } = EVIDENCE
  if (learned.gaps >= needed.gaps && time.seconds - learned.first_at_seconds >= needed.observedSeconds)
    return { by: 'events', seconds: learnedLimit(learned.gap_weights) }
  if (expectation !== 'yes') return null
  const by = heartbeat === null ? 'events' : 'heartbeat'
  return { by, seconds: UNKNOWN_LIMIT_SECONDS[by] }
}

function validHeartbeat({ heartbeat, last_received_at }: SensorFacts): SensorFacts['heartbeat'] {
  if (heartbeat === null || last_received_at === null) return heartbeat
  const eventsWithoutMs = millisecondsOf(last_received_at) - millisecondsOf(heartbeat.received_at)
  return eventsWithoutMs > HEARTBEATS_VALID_MS ? null : heartbeat
}

/** A canary token is hit by chance: nobody expects it to be, unless an administrator does. */
function isExpected({ sensor_kind }: SensorFacts, expectation: Expected, limit: Limit | null): boolean {
  if (expectation !== 'automatic') return expectation === 'yes'
  return limit !== null && sensor_kind !== 'canarytoken'
}

function stateOf(
  { state, heard_at_seconds }: StoredState,
  limit: number | null,
  time: PlatformTime,
): SensorState {
  if (limit === null) return 'unknown'
  if (time.seconds - heard_at_seconds <= limit) return 'active'
  return time.seconds - time.resumedAtSeconds < RESUME_SECONDS ? state : 'no_data'
}
