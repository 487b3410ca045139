import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Requests for feeds of indicators. */
export function feedMetrics(meter: Meter): EventHandlers {
  const requests = counterOf(
    meter,
    'eviltwin.feeds.requests',
    'Requests for feeds that were sent, not modified, or refused because too many were being read',
  )
  return { feed_requested: ({ outcome }) => requests.add(1, { outcome }) }
}
