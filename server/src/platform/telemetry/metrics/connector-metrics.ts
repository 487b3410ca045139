import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** What arrives by connectors, beside HTTP, and what they refuse. */
export function connectorMetrics(meter: Meter): EventHandlers {
  const received = counterOf(
    meter,
    'eviltwin.connector.messages',
    'Messages that connectors received, by connector and transport',
  )
  const refused = counterOf(
    meter,
    'eviltwin.connector.refusals',
    'Connections that connectors refused or ended, and datagrams that they dropped, by reason',
  )
  const lost = counterOf(
    meter,
    'eviltwin.connector.dropped_messages',
    'Messages that connectors received and did not store, by reason',
  )
  const waits = counterOf(
    meter,
    'eviltwin.connector.waits',
    'Times that a connector could not store what it had received, or not reach where it receives from, and waited, by reason',
  )
  // A series that is missing cannot be told from one that is not scraped.
  for (const transport of ['tcp', 'tls', 'udp']) received.add(0, { connector: 'syslog', transport })
  received.add(0, { connector: 'hpfeeds', transport: 'tcp' })
  refused.add(0, { connector: 'syslog', transport: 'tcp', reason: 'not_allowed' })
  lost.add(0, { connector: 'syslog', transport: 'udp', reason: 'queue_full' })
  for (const connector of ['syslog', 'hpfeeds']) waits.add(0, { connector, reason: 'store-unavailable' })
  return {
    connector_received: ({ connector, transport, messages }) =>
      received.add(messages, { connector, transport }),
    connector_refused({ connector, transport, reason, messages }) {
      refused.add(1, { connector, transport, reason })
      if (messages > 0) lost.add(messages, { connector, transport, reason })
    },
    connector_waiting: ({ connector, reason }) => waits.add(1, { connector, reason }),
  }
}
