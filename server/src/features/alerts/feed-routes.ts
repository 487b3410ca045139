import { FeedCloseCode, FeedQuery, WsTicket } from '@eviltwin/contract'
import type { WebSocket } from 'ws'
import type { App } from '../../platform/http/types.js'
import type { Remote } from '../../platform/workers/link.js'
import { loginOf } from '../auth/index.js'
import type { FeedMember } from './feed-member.js'
import type { FeedQuota } from './feed-quota.js'
import type { LiveFeed } from './live-feed.js'
import type { Tickets } from './tickets.js'

export interface AlertFeedRouteOptions {
  liveFeed: LiveFeed
  tickets: Tickets
  heartbeatSeconds: number
  /** Live feeds that one user may have at once. */
  quota: Remote<FeedQuota>
}

/** What a client may say before it has been admitted; nobody who follows the protocol says anything. */
const MAX_EARLY_MESSAGES = 100
const GOING_AWAY = 1001

/** WS /ws/alerts and the tickets that admit to it. */
export async function alertFeedRoutes(app: App, options: AlertFeedRouteOptions): Promise<void> {
  const { liveFeed, tickets, heartbeatSeconds, quota } = options

  app.post(
    '/auth/ws-ticket',
    {
      config: { access: { role: 'viewer' }, audit: false },
      schema: {
        summary: 'Create a single-use ticket for WS /ws/alerts',
        tags: ['alerts'],
        response: { 200: WsTicket },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return tickets.issue(loginOf(request))
    },
  )

  app.get(
    '/ws/alerts',
    {
      websocket: true,
      config: { access: { ticket: 'viewer' } },
      schema: {
        summary: 'Live alerts (WebSocket)',
        description:
          'Send `{"event_type":"ACK","payload":{"id":"<alert id>"}}` for each alert received. With `sessions=true`, `SESSIONS_CHANGED` names sessions that got events or parts of recordings.',
        tags: ['alerts'],
        querystring: FeedQuery,
      },
    },
    (socket, request) => {
      const { since, sessions } = request.query as FeedQuery
      const login = loginOf(request)
      const taken = quota.takeFeed(login.user_id)
      serve(socket, {
        heartbeatSeconds,
        async onClose() {
          if (await taken) await quota.giveBackFeed(login.user_id)
        },
        async join() {
          if (await taken) return liveFeed.join(socket, login, since, sessions)
          socket.close(FeedCloseCode.tooMany, 'you have too many live feeds')
          return null
        },
      })
    },
  )
}

interface Served {
  heartbeatSeconds: number
  /** Called once, when the client is gone. */
  onClose: () => Promise<void>
  /** Null: it was refused, and the connection is closed. */
  join: () => Promise<FeedMember | null>
}

/** Serves a client of the live feed until it leaves. */
function serve(socket: WebSocket, { heartbeatSeconds, onClose, join }: Served): void {
  // Listeners come first: what arrives or ends while the client is being admitted must not be missed.
  const early: string[] = []
  let onMessage = (text: string): void => {
    if (early.push(text) > MAX_EARLY_MESSAGES) socket.terminate()
  }
  let gone = false
  let left = () => {}
  let answered = () => {}
  let alive = true
  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    socket.ping()
  }, heartbeatSeconds * 1000)
  socket.on('pong', () => {
    alive = true
    answered()
  })
  socket.on('message', (data) => onMessage(data.toString()))
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    gone = true
    void onClose().catch(() => {})
    clearInterval(heartbeat)
    left()
  })
  join().then(
    (member) => {
      if (!member) return
      left = member.left
      answered = member.answered
      if (gone) return member.left()
      onMessage = member.onMessage
      for (const text of early) member.onMessage(text)
    },
    () => socket.close(GOING_AWAY, 'the store cannot be read; try again'),
  )
}
