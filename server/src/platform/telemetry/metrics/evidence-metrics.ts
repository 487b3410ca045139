import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Files that sensors send to the evidence vault, and what its storage does. */
export function evidenceMetrics(meter: Meter): EventHandlers {
  const files = counterOf(
    meter,
    'eviltwin.evidence.uploads',
    'Files that sensors sent to the evidence vault, by outcome',
  )
  const requests = counterOf(
    meter,
    'eviltwin.evidence.storage_requests',
    'Operations on the S3 storage of evidence, by operation and outcome; rejected: the circuit breaker was open',
  )
  const downloads = counterOf(
    meter,
    'eviltwin.evidence.downloads',
    'Files of the evidence vault that people asked for, by outcome',
  )
  for (const outcome of ['sent', 'broken_off', 'refused']) downloads.add(0, { outcome })
  for (const operation of ['put', 'head', 'get', 'delete', 'list'])
    for (const outcome of ['succeeded', 'failed', 'rejected']) requests.add(0, { operation, outcome })
  for (const outcome of ['stored', 'duplicate', 'refused']) files.add(0, { outcome })
  return {
    evidence_received({ outcome }) {
      files.add(1, { outcome })
    },
    evidence_downloaded({ outcome }) {
      downloads.add(1, { outcome })
    },
    evidence_storage_used({ operation, outcome }) {
      requests.add(1, { operation, outcome })
    },
  }
}
