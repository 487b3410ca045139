import type { Notification } from '@eviltwin/contract'
import { summaryOf } from '../summary.js'
import { keyOf } from './notification-key.js'

export interface EmailMessage {
  subject: string
  text: string
  html: string
  messageId: string
  headers: Record<string, string>
}

/** @param id the delivery; repeated attempts carry the same Message-ID (RFC 5322 3.6.4), so that mail systems can drop repeats. */
export function emailMessage(notification: Notification, id: string, publicUrl: string): EmailMessage {
  const { title, facts } = summaryOf(notification)
  const rows = facts
    .map(([label, value]) => `<tr><th align="left">${escaped(label)}</th><td>${escaped(value)}</td></tr>`)
    .join('')
  return {
    subject: `[EvilTwin] ${title}`.slice(0, 200),
    text: [title, '', ...facts.map(([label, value]) => `${label}: ${value}`), '', publicUrl].join('\n'),
    html: `<h2>${escaped(title)}</h2><table>${rows}</table><p><a href="${escaped(publicUrl)}">EvilTwin</a></p>`,
    messageId: `<${id}@eviltwin.invalid>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-EvilTwin-Key': keyOf(notification) },
  }
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
