import type { Notice } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'
import { summaryOf } from '../summary.js'
import { coveredNotices } from './covered-notices.js'
import { keyOf } from './notice-key.js'

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
  notice: Notice,
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
    body: JSON.stringify(coveredNotices(notice).map((each) => alertOf(each, publicUrl, nowMs))),
  }
}

function alertOf(notice: Notice, publicUrl: string, nowMs: number) {
  const { title, severity, facts } = summaryOf(notice)
  const resolved = 'status' in notice && notice.status === 'resolved'
  return {
    labels: {
      alertname: NAMES[notice.kind],
      service: 'eviltwin',
      severity,
      key: keyOf(notice),
      ...(notice.kind === 'threat_alert' && {
        source_ip: notice.alert.source_ip,
        sensor_id: notice.alert.sensor_id,
      }),
      ...(notice.kind === 'operational_alert' && { rule: notice.rule }),
    },
    annotations: {
      summary: title,
      description: facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    },
    startsAt: startOf(notice, nowMs),
    endsAt: new Date(resolved ? nowMs : nowMs + LASTS_MS).toISOString(),
    generatorURL: publicUrl,
  }
}

function startOf(notice: Notice, nowMs: number): string {
  if (notice.kind === 'threat_alert') return notice.alert.raised_at
  if (notice.kind === 'operational_alert') return notice.started_at
  return new Date(nowMs).toISOString()
}
