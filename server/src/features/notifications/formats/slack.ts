import type { Notification } from '@eviltwin/contract'
import type { OutboundRequest } from '../../../platform/outbound/outbound-http.js'
import { summaryOf } from '../summary.js'

/** Slack incoming webhook. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackRequest(notification: Notification, url: string): OutboundRequest {
  const { title, facts } = summaryOf(notification)
  const lines = facts.map(([label, value]) => `*${escaped(label)}:* ${escaped(value)}`)
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      text: escaped(title),
      unfurl_links: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: title.slice(0, 150), emoji: false } },
        { type: 'section', text: { type: 'mrkdwn', text: lines.join('\n').slice(0, 3000), verbatim: true } },
      ],
    }),
  }
}

/** Without `<` nothing becomes a link or a mention; formatting characters are given a harmless look-alike. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', 'ˋ')
    .replaceAll('*', '∗')
    .replaceAll('~', '∼')
}
