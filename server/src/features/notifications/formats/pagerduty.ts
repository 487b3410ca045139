import type { Notification } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'
import { summaryOf } from '../summary.js'
import { keyOf } from './notification-key.js'

const SEVERITY = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' } as const
const ACTION = { firing: 'trigger', acknowledged: 'acknowledge', resolved: 'resolve' } as const

/** PagerDuty Events API v2. https://developer.pagerduty.com/docs/send-alert-event */
export function pagerdutyRequest(
  notification: Notification,
  { url, secret }: { url: string; secret: string },
  publicUrl: string,
): OutboundRequest {
  const { title, severity, facts } = summaryOf(notification)
  const status = 'status' in notification ? notification.status : 'firing'
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: secret,
      event_action: ACTION[status],
      dedup_key: keyOf(notification),
      client: 'EvilTwin',
      client_url: publicUrl,
      payload: {
        summary: title.slice(0, 1024),
        source: notification.kind === 'threat_alert' ? notification.alert.sensor_id : 'eviltwin',
        severity: SEVERITY[severity],
        class: notification.kind,
        custom_details: Object.fromEntries(facts),
      },
    }),
  }
}
