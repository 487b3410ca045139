import type { FeedMessage } from '@eviltwin/contract'
import type { FeedItem } from './alert-reader-store.js'
import type { FeedEntry } from './feed-client.js'

/** Writes the message of an alert once, however many clients get it. */
export function feedEntryOf(item: FeedItem): FeedEntry {
  const { alert } = item
  return { ...item, text: feedText({ event_type: 'THREAT_ESCALATION', payload: alert }) }
}

/** A message as it is sent. */
export function feedText(message: FeedMessage): string {
  return JSON.stringify(message)
}
