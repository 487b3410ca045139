import { createHmac } from 'node:crypto'
import type { Notification } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'

/**
 * The notification itself, signed as the Standard Webhooks specification says: HMAC-SHA256 over `id.timestamp.body`, so that
 * a receiver can tell forged, altered and old messages, and repeated ones by `webhook-id`.
 * @param timestamp seconds since the epoch.
 */
export function webhookRequest(
  notification: Notification,
  { url, secret }: { url: string; secret: string },
  id: string,
  timestamp: number,
): OutboundRequest {
  const body = JSON.stringify(notification)
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${signature}`,
    },
    body,
  }
}
