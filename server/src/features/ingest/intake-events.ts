import type { Publish } from '../../domain/platform-event.js'
import { inTurns } from '../../domain/turns.js'
import { type SensorPing, sensorOfPing } from '../sensors/index.js'
import type { Origin } from './origin.js'
import type { RecordOutcome } from './record-outcome.js'

/** As {@link inTurns} counts it. */
const PUBLISHING_COST = 256

/** Publishes what became of the records of a request: each of them, of which sensors they are, and how many were stored before. */
export async function publishOutcomes(
  origin: Origin,
  outcomes: readonly RecordOutcome[],
  publish: Publish,
): Promise<void> {
  await inTurns(publishingEach(origin, outcomes, publish))
  publishClaims(origin, outcomes, publish)
  publishDuplicates(outcomes, publish)
}

/** What is published is also logged, which takes its time. */
function* publishingEach(
  { key, ids: { request_id, trace_id }, elapsedMs }: Origin,
  outcomes: readonly RecordOutcome[],
  publish: Publish,
): Generator<number, void> {
  const duration_ms = Math.round(elapsedMs())
  const key_prefix = key?.prefix ?? null
  for (const outcome of outcomes) {
    yield PUBLISHING_COST
    if (outcome.status === 'quarantined') {
      const { reason, quarantine_id } = outcome
      publish({ kind: 'record_quarantined', request_id, trace_id, key_prefix, reason, quarantine_id })
      continue
    }
    for (const { source_ip, sensor_id, event_type, session_id } of outcome.new_events) {
      const { threat_score, threat_level } = outcome
      publish({
        kind: 'event_ingested',
        request_id,
        trace_id,
        source_ip,
        sensor_id,
        event_type,
        session_id,
        threat_score,
        threat_level,
        duration_ms,
      })
    }
  }
}

/**
 * Which sensors the records of a key are of: those that were refused, and of a key that may speak for any sensor also those that were
 * accepted. Once for each sensor of a request.
 */
function publishClaims({ key }: Origin, outcomes: readonly RecordOutcome[], publish: Publish): void {
  if (!key) return
  const { id: key_id, binding } = key
  const accepted = new Map<string, number>()
  const refused = new Map<string, number>()
  const count = (of: Map<string, number>, sensor_id: string) =>
    of.set(sensor_id, (of.get(sensor_id) ?? 0) + 1)
  for (const outcome of outcomes) {
    if (outcome.status !== 'quarantined') {
      if (binding.kind === 'any') count(accepted, outcome.event.sensor_id)
    } else if (outcome.reason === 'sensor_mismatch' && outcome.sensor_id !== null) {
      count(refused, outcome.sensor_id)
    }
  }
  for (const [sensor_id, records] of accepted)
    publish({ kind: 'sensor_claimed', key_id, sensor_id, records, allowed: true })
  for (const [sensor_id, records] of refused)
    publish({ kind: 'sensor_claimed', key_id, sensor_id, records, allowed: false })
}

/** Publishes the heartbeats among the records of a request, of the sensors that the key may speak for. */
export function publishPings(
  pings: readonly SensorPing[],
  { key }: Origin,
  default_sensor_id: string | undefined,
  publish: Publish,
): void {
  const binding = key?.binding ?? { kind: 'any' }
  for (const ping of pings) {
    const { software, sent_at } = ping
    const sensor_id = sensorOfPing(ping, binding, default_sensor_id)
    publish({ kind: 'sensor_pinged', sensor_id, key_id: key?.id ?? null, software, sent_at })
  }
}

function publishDuplicates(outcomes: readonly RecordOutcome[], publish: Publish): void {
  if (!outcomes.some(({ status }) => status === 'duplicate')) return
  const seen = new Set<string>()
  let within_request = 0
  let stored_before = 0
  for (const outcome of outcomes) {
    if (outcome.status === 'quarantined') continue
    const { id } = outcome.event
    if (outcome.status === 'duplicate') {
      if (seen.has(id)) within_request += 1
      else stored_before += 1
    }
    seen.add(id)
  }
  publish({ kind: 'duplicates_ignored', within_request, stored_before })
}
