import { FeedCloseCode } from '@eviltwin/contract'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import type { Login } from '../auth/index.js'
import { type AnnouncedFeedOptions, createAnnouncedFeed } from './announced-feed.js'
import { UPDATES_MISSED } from './feed-client.js'
import { feedText } from './feed-entry.js'
import type { FeedMember } from './feed-member.js'
import type { FeedSocket } from './feed-socket.js'
import { createOwnFeed, type OwnFeedOptions } from './own-feed.js'
import { sessionsChanged } from './session-changes.js'
import type { AlertStore } from './store.js'
import { SERVICE_LOGIN } from './tickets.js'

/** The live feed of this replica: every announced alert to every client, whichever replica raised it. */
export interface LiveFeed {
  /**
   * Connects a client. With `since` it is sent what was announced after that alert before anything new.
   * @param since the id of an alert, or `0` for everything that is stored. @param sessions whether it is also sent which sessions changed.
   */
  join(socket: FeedSocket, login: Login, since: string | undefined, sessions: boolean): Promise<FeedMember>
  /** There may be new alerts. */
  wake(): void
  /** Alerts were changed by somebody; null: perhaps, nobody knows which. */
  updated(ids: string | null): void
  /** Sessions got events or recordings; null or empty: nobody knows which. */
  sessionsChanged(ids: string | null): void
  /** A login ended somewhere. */
  checkLogins(): void
  clientCount(): number
  stop(): Promise<void>
}

export interface LiveFeedOptions extends AnnouncedFeedOptions, OwnFeedOptions {
  alerts: Pick<AlertStore, 'after' | 'byIds' | 'positionOf' | 'newestPosition'>
  log: Logger
}

/** Notifications come at once; this is for the case that one is lost. */
const POLL_MS = 1_000
const LOGIN_POLL_MS = 5_000
const LATE_POLL_MS = 500

/** Starts the live feed at the newest place that is stored. Rejects when the store cannot be read. */
export async function startLiveFeed(options: LiveFeedOptions): Promise<LiveFeed> {
  const { alerts, log } = options
  const own = await createOwnFeed(options)
  const announced = await createAnnouncedFeed(options)
  const { members } = announced

  const onError = (error: unknown) =>
    log.error('The live feed cannot read the store; trying again', { cause: (error as Error).message })
  const offerUpdates = async (ids: string[]) => {
    for (const alert of await alerts.byIds(ids))
      members.offerUpdate(feedText({ event_type: 'ALERT_UPDATED', payload: alert }))
  }
  const missUpdates = (error: unknown) => {
    onError(error)
    members.offerUpdate(feedText(UPDATES_MISSED))
  }
  const broadcaster = createPoller({
    async work() {
      await announced.broadcast()
      await own.broadcast()
    },
    pauseMs: POLL_MS,
    onError,
  })
  const latePoller = createPoller({
    async work() {
      members.checkLate()
      own.members.checkLate()
    },
    pauseMs: LATE_POLL_MS,
    onError,
  })
  const loginPoller = createPoller({ work: members.dropEndedLogins, pauseMs: LOGIN_POLL_MS, onError })

  return {
    async join(socket, login, since, sessions) {
      return login.family_id === SERVICE_LOGIN.family_id
        ? own.join(socket)
        : announced.join(socket, login, since, sessions)
    },
    wake: broadcaster.wake,
    updated(ids) {
      if (ids === null) members.offerUpdate(feedText(UPDATES_MISSED))
      else if (members.count() > 0) void offerUpdates(ids.split(',')).catch(missUpdates)
    },
    sessionsChanged(ids) {
      if (members.count() > 0) members.offerSessions(feedText(sessionsChanged(ids)))
    },
    checkLogins: loginPoller.wake,
    clientCount: members.count,
    async stop() {
      await Promise.all([broadcaster.stop(), latePoller.stop(), loginPoller.stop()])
      for (const each of [members, own.members])
        each.closeAll(FeedCloseCode.shuttingDown, 'the server stops; resume')
    },
  }
}
