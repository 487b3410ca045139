import type { Notification } from '@eviltwin/contract'
import type { AddressGuard } from '../../platform/outbound/address-guard.js'
import type { OutboundHttp, OutboundRequest } from '../../platform/outbound/outbound-http.js'
import type { Seal } from '../../platform/seal.js'
import { alertmanagerRequest } from './formats/alertmanager.js'
import { coveredNotifications } from './formats/covered-notifications.js'
import { emailMessage } from './formats/email.js'
import { pagerdutyRequest } from './formats/pagerduty.js'
import { slackRequest } from './formats/slack.js'
import { splunkHecRequest } from './formats/splunk-hec.js'
import { webhookRequest } from './formats/webhook.js'
import { sendMail } from './outbound-mail.js'
import { settingsOf } from './settings.js'
import type { StoredChannel } from './store.js'

/**
 * Sends one notification through one channel, now. Resolves with what the other side answered.
 * @param id of the delivery: the same in every attempt.
 * @throws {DeliveryError | ForbiddenTargetError | UnsealError}
 */
export type Sender = (channel: StoredChannel, id: string, notification: Notification) => Promise<string>

export interface SenderOptions {
  http: OutboundHttp
  guard: AddressGuard
  seal: Seal
  publicUrl: string
  now: () => number
}

export function createSender({ http, guard, seal, publicUrl, now }: SenderOptions): Sender {
  /** One after another; the answer is the last one's. An attempt that fails is repeated from the first: keys make that harmless. */
  async function sendEach(requests: readonly OutboundRequest[]): Promise<string> {
    let answer = ''
    for (const request of requests) answer = await http(request)
    return answer
  }

  return async (channel, id, notification) => {
    const settings = settingsOf(channel, seal)
    switch (settings.type) {
      case 'webhook':
        return http(webhookRequest(notification, settings, id, Math.floor(now() / 1000)))
      case 'slack':
        return http(slackRequest(notification, settings.secret))
      case 'pagerduty':
        return sendEach(
          coveredNotifications(notification).map((each) => pagerdutyRequest(each, settings, publicUrl)),
        )
      case 'splunk_hec':
        return http(splunkHecRequest(notification, settings, now()))
      case 'alertmanager':
        return http(alertmanagerRequest(notification, settings, publicUrl, now()))
      case 'email':
        return sendMail(guard, settings, emailMessage(notification, id, publicUrl))
    }
  }
}
