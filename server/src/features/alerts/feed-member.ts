import { FeedCloseCode } from '@eviltwin/contract'
import type { FeedClient } from './feed-client.js'

/** A connected client, as its connection sees it. */
export interface FeedMember {
  onMessage(text: string): void
  /** The client answered a ping. */
  answered(): void
  left(): void
}

/** @param remove is called once it is gone. */
export function memberOf(client: FeedClient, remove: () => void): FeedMember {
  return {
    onMessage(text) {
      if (!client.onMessage(text)) client.close(FeedCloseCode.malformed, 'not an acknowledgement')
    },
    answered: client.answered,
    left() {
      client.closed()
      remove()
    },
  }
}
