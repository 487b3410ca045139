import { FeedCloseCode } from '@eviltwin/contract'
import type { Logger } from '../../platform/logger.js'
import type { FeedClient, FeedEntry } from './feed-client.js'
import type { WsTicketStore } from './ticket-store.js'

/** The clients that are connected to this replica, each with the login family that it belongs to. */
export interface FeedMembers {
  count(): number
  add(client: FeedClient, family_id: string): void
  remove(client: FeedClient): void
  /** Sends what is new to everybody who keeps up. */
  offer(entries: readonly FeedEntry[]): void
  /** Sends a change to everybody who keeps up. */
  offerUpdate(text: string): void
  /** Sends which sessions changed to everybody who asked for it and keeps up. */
  offerSessions(text: string): void
  /** Pings the clients whose acknowledgements are late. */
  checkLate(): void
  /** Sends a client what it lacks; closes it when the store cannot be read. */
  catchUp(client: FeedClient): void
  /** Closes the clients whose login has ended. Rejects when the store cannot be read. */
  dropEndedLogins(): Promise<void>
  closeAll(code: number, reason: string): void
}

export interface FeedMembersOptions {
  logins: Pick<WsTicketStore, 'liveFamilies'>
  log: Logger
  now: () => number
}

/** Starts with nobody connected. */
export function createFeedMembers({ logins, log, now }: FeedMembersOptions): FeedMembers {
  const members = new Map<FeedClient, string>()

  function catchUp(client: FeedClient): void {
    client.catchUp().catch((error: unknown) => {
      // The client comes back with `since`, by when the store may have recovered.
      log.warning('A live feed client could not be caught up', { cause: (error as Error).message })
      client.close(FeedCloseCode.shuttingDown, 'the store cannot be read; resume')
    })
  }

  return {
    count: () => members.size,
    add: (client, family_id) => void members.set(client, family_id),
    remove: (client) => void members.delete(client),
    offer(entries) {
      for (const client of members.keys()) {
        if (client.offer(entries)) catchUp(client)
      }
    },
    offerUpdate(text) {
      for (const client of members.keys()) {
        if (client.offerUpdate(text)) catchUp(client)
      }
    },
    offerSessions(text) {
      for (const client of members.keys()) {
        if (client.offerSessions(text)) catchUp(client)
      }
    },
    checkLate() {
      for (const client of members.keys()) client.checkLate()
    },
    catchUp,
    async dropEndedLogins() {
      if (members.size === 0) return
      const live = new Set(await logins.liveFamilies([...new Set(members.values())], new Date(now())))
      for (const [client, family] of members) {
        if (!live.has(family)) client.close(FeedCloseCode.loginEnded, 'the login has ended')
      }
    },
    closeAll(code, reason) {
      for (const client of members.keys()) client.close(code, reason)
    },
  }
}
