import type { Notification } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'
import { summaryOf } from '../summary.js'
import { coveredNotifications } from './covered-notifications.js'
import { keyOf } from './notification-key.js'

/** Without an end Alertmanager resolves an alert after its own resolve_timeout; we say when it ends. */
const LASTS_MS = 24 * 3_600_000
const NAMES = {
  threat_alert: 'EvilTwinThreat',
  operational_alert: 'EvilTwinOperational',
  digest: 'EvilTwinDigest',
  review: 'EvilTwinReview',
  test: 'EvilTwinTest',
} as const

/**
 * Prometheus Alertmanager API v2, `POST /api/v2/alerts`.
 * https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function alertmanagerRequest(
  notification: Notification,
  { url, secret }: { url: string; secret: string | null },
  publicUrl: string,
  nowMs: number,
): OutboundRequest {
  return {
    url: `${url.replace(/\/+$/, '')}/api/v2/alerts`,
    headers: {
      'content-type': 'application/json',
      ...(secret !== null && { authorization: `Bearer ${secret}` }),
    },
    body: JSON.stringify(coveredNotifications(notification).map((each) => alertOf(each, publicUrl, nowMs))),
  }
}

function alertOf(notification: Notification, publicUrl: string, nowMs: number) {
  const { title, severity, facts } = summaryOf(notification)
  const resolved = 'status' in notification && notification.status === 'resolved'
  return {
    labels: {
      alertname: NAMES[notification.kind],
      service: 'eviltwin',
      severity,
      key: keyOf(notification),
      ...(notification.kind === 'threat_alert' && {
        source_ip: notification.alert.source_ip,
        sensor_id: notification.alert.sensor_id,
      }),
      ...(notification.kind === 'operational_alert' && { rule: notification.rule }),
    },
    annotations: {
      summary: title,
      description: facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    },
    startsAt: startOf(notification, nowMs),
    endsAt: new Date(resolved ? nowMs : nowMs + LASTS_MS).toISOString(),
    generatorURL: publicUrl,
  }
}

function startOf(notification: Notification, nowMs: number): string {
  if (notification.kind === 'threat_alert') return notification.alert.raised_at
  if (notification.kind === 'operational_alert') return notification.started_at
  return new Date(nowMs).toISOString()
}
