import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterFromZero, counterOf, tallyOf } from './counter.js'

/** Visits of canaries that were not stored, and what arrives at their DNS server. */
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
  const addQuery = tallyOf(meter, {
    name: 'eviltwin.canary.dns_queries',
    description:
      'Messages at the DNS server of canaries, by transport and outcome; truncated and dropped: refused by the limit of an address',
    labels: ['transport', 'outcome'],
  })
  const lookups = counterOf(
    meter,
    'eviltwin.canary.dns_lookups',
    'Lookups of names in the zone of canaries, by outcome; stored: a visit; unknown: of no token',
  )
  const refused = counterFromZero(
    meter,
    'eviltwin.canary.dns_connections_refused',
    'Connections that the DNS server of canaries refused, because there were as many as may be, in all or of the address',
  )
  addQuery('udp', 'answered', 0)
  lookups.add(0, { outcome: 'stored' })
  return {
    canary_visit_beyond_limit: () => beyondLimit.add(1),
    canary_visit_failed: () => failed.add(1),
    canary_dns_query: ({ transport, outcome }) => addQuery(transport, outcome),
    canary_dns_lookup: ({ outcome }) => lookups.add(1, { outcome }),
    canary_dns_connection_refused: () => refused.add(1),
  }
}
