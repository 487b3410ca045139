import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Dense around the objective of two seconds and the aim of a quarter of one. */
const DELIVERY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30]

/** Threat alerts on their way to live feed clients, channels and forwarders. */
export function alertMetrics(meter: Meter): EventHandlers {
  const delivery = meter.createHistogram('eviltwin.alert.delivery.duration', {
    unit: 's',
    description:
      'From the receipt of an event to the acknowledgement of its alert by a live feed client, or until it was late',
    advice: { explicitBucketBoundaries: DELIVERY_SECONDS },
  })
  const unmeasured = counterOf(
    meter,
    'eviltwin.alert.delivery.unmeasured',
    'Alerts sent to live feed clients that never acknowledge, or that left before they did',
  )
  for (const reason of ['never_acknowledged', 'left']) unmeasured.add(0, { reason })
  const alerts = counterOf(
    meter,
    'eviltwin.alerts',
    'Alerts stored; suppressed_by is "none" for those announced',
  )
  const deliveries = counterOf(
    meter,
    'eviltwin.channel.deliveries',
    'Attempts to send a message to an outbound channel',
  )
  const forwarded = counterOf(
    meter,
    'eviltwin.forwarder.items',
    'Log lines and events that a forwarder handled',
  )
  const sessions = counterOf(
    meter,
    'eviltwin.live_feed.session_announcements',
    'Announcements that sessions changed, for live feeds; named is false where it says of no session that it is one',
  )
  for (const named of [true, false]) sessions.add(0, { named })
  return {
    sessions_announced: ({ sessions: count }) => sessions.add(1, { named: count > 0 }),
    alert_delivered: ({ seconds, mode }) => delivery.record(seconds, { mode }),
    alert_unmeasured: ({ reason }) => unmeasured.add(1, { reason }),
    alert_queued: ({ threat_level }) => alerts.add(1, { threat_level, suppressed_by: 'none' }),
    alert_suppressed: ({ threat_level, suppressed_by }) => alerts.add(1, { threat_level, suppressed_by }),
    delivery_attempted: ({ channel_type, outcome }) => deliveries.add(1, { channel_type, outcome }),
    items_forwarded: ({ what, outcome, count }) => forwarded.add(count, { what, outcome }),
  }
}
