import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Files that sensors send to the evidence vault. */
export function evidenceMetrics(meter: Meter): EventHandlers {
  const files = counterOf(
    meter,
    'eviltwin.evidence.uploads',
    'Files that sensors sent to the evidence vault, by outcome',
  )
  for (const outcome of ['stored', 'duplicate', 'refused']) files.add(0, { outcome })
  return {
    evidence_received({ outcome }) {
      files.add(1, { outcome })
    },
  }
}
