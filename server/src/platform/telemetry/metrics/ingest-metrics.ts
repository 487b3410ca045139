import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterFromZero, counterOf, tallyOf } from './counter.js'

/** Sensors are named by their senders: beyond so many names they share one. */
const MAX_SENSOR_LABELS = 200

/** New events and computed scores. */
export function ingestMetrics(meter: Meter): EventHandlers {
  const countEvent = tallyOf(meter, {
    name: 'eviltwin.events',
    description: 'New events stored by POST /log',
    labels: ['sensor_id', 'event_type'],
  })
  const duplicates = counterOf(
    meter,
    'eviltwin.events.duplicate',
    'Records whose event was stored already: by the same request (equal events of one instant, or a repetition) or before',
  )
  const scored = counterOf(
    meter,
    'eviltwin.sessions.scored',
    'Scores computed, by the threat level they came to',
  )
  const byModel = counterFromZero(meter, 'scoring.ml.count', 'Times the ML scorer ran')
  const byRules = counterFromZero(meter, 'scoring.degraded.count', 'Times the rule-based fallback scored')
  const quarantined = counterOf(
    meter,
    'eviltwin.records.quarantined',
    'Records that were no events, by reason',
  )
  const evictedRecords = counterFromZero(
    meter,
    'eviltwin.quarantine.evicted_records',
    'Quarantined records removed because their key was over its share',
  )
  const evictedBytes = counterFromZero(
    meter,
    'eviltwin.quarantine.evicted_bytes',
    'Bytes of quarantined records removed because their key was over its share',
  )
  const heartbeats = counterOf(
    meter,
    'eviltwin.sensors.heartbeats',
    'Heartbeats of sensors that were stored, dropped because there were too many sensors, or refused because of their key',
  )
  for (const outcome of ['stored', 'dropped', 'refused']) heartbeats.add(0, { outcome })
  const sensorLabel = boundedLabel(MAX_SENSOR_LABELS)
  return {
    event_ingested: ({ sensor_id, event_type }) => countEvent(sensorLabel(sensor_id), event_type),
    duplicates_ignored({ within_request, stored_before }) {
      if (within_request > 0) duplicates.add(within_request, { of: 'same_request' })
      if (stored_before > 0) duplicates.add(stored_before, { of: 'stored' })
    },
    record_quarantined: ({ reason }) => quarantined.add(1, { reason }),
    sensor_heartbeats_processed: ({ outcome, count }) => heartbeats.add(count, { outcome }),
    quarantine_evicted({ records, bytes }) {
      evictedRecords.add(records)
      evictedBytes.add(bytes)
    },
    score_computed({ threat_level, scored_by }) {
      scored.add(1, { threat_level })
      const counter = scored_by.startsWith('rules') ? byRules : byModel
      counter.add(1)
    },
  }
}

/** Values of a label that others choose: the first so many, and `other`. */
function boundedLabel(max: number): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= max) return 'other'
    known.add(value)
    return value
  }
}
