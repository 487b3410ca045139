import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterFromZero } from './counter.js'

/** Visits of canaries that were not stored. */
export function canaryMetrics(meter: Meter): EventHandlers {
  const beyondLimit = counterFromZero(
    meter,
    'eviltwin.canary.visits_beyond_limit',
    'Visits of canaries that were counted and not stored, because their token or address had as many as are stored in a minute',
  )
  const failed = counterFromZero(
    meter,
    'eviltwin.canary.visits_failed',
    'Visits of canaries that could not be stored',
  )
  return { canary_visit_beyond_limit: () => beyondLimit.add(1), canary_visit_failed: () => failed.add(1) }
}
