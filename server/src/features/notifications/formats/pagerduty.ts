import type { Notice } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'
import { summaryOf } from '../summary.js'
import { keyOf } from './notice-key.js'

const SEVERITY = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' } as const
const ACTION = { firing: 'trigger', acknowledged: 'acknowledge', resolved: 'resolve' } as const

/** PagerDuty Events API v2. https://developer.pagerduty.com/docs/send-alert-event */
export function pagerdutyRequest(
  notice: Notice,
  { url, secret }: { url: string; secret: string },
  publicUrl: string,
): OutboundRequest {
  const { title, severity, facts } = summaryOf(notice)
  const status = 'status' in notice ? notice.status : 'firing'
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: secret,
      event_action: ACTION[status],
      dedup_key: keyOf(notice),
      client: 'EvilTwin',
      client_url: publicUrl,
      payload: {
        summary: title.slice(0, 1024),
        source: notice.kind === 'threat_alert' ? notice.alert.sensor_id : 'eviltwin',
        severity: SEVERITY[severity],
        class: notice.kind,
        custom_details: Object.fromEntries(facts),
      },
    }),
  }
}
