import type { Notification } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'

const COLLECTOR = '/services/collector'

/** Splunk HTTP Event Collector. https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector */
export function splunkHecRequest(
  notification: Notification,
  { url, index, secret }: { url: string; index: string | null; secret: string },
  nowMs: number,
): OutboundRequest {
  const base = url.replace(/\/+$/, '')
  return {
    url: base.includes(COLLECTOR) ? base : `${base}${COLLECTOR}/event`,
    headers: { 'content-type': 'application/json', authorization: `Splunk ${secret}` },
    body: JSON.stringify({
      time: nowMs / 1000,
      host: 'eviltwin',
      source: 'eviltwin',
      sourcetype: `eviltwin:${notification.kind}`,
      ...(index !== null && { index }),
      event: notification,
    }),
  }
}
