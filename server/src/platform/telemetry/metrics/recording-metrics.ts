import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Recordings of terminals that sensors send. */
export function recordingMetrics(meter: Meter): EventHandlers {
  const parts = counterOf(
    meter,
    'eviltwin.recordings.parts',
    'Recordings and chunks of recordings that sensors sent, by outcome',
  )
  const bytes = counterOf(
    meter,
    'eviltwin.recordings.received_bytes',
    'Bytes of recordings that sensors sent, by outcome',
  )
  for (const outcome of ['stored', 'duplicate', 'refused']) {
    parts.add(0, { outcome })
    bytes.add(0, { outcome })
  }
  return {
    recording_received({ outcome, bytes: received }) {
      parts.add(1, { outcome })
      bytes.add(received, { outcome })
    },
  }
}
