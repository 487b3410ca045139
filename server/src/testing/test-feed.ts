import type { Alert, FeedMessage, WsTicket } from '@eviltwin/contract'
import { WebSocket } from 'ws'

/** A client of the live feed on a real socket. */
export interface TestFeed {
  /** Everything received so far. */
  readonly messages: FeedMessage[]
  /** Alerts received so far, in order. */
  alerts(): Alert[]
  /** Resolves once `count` alerts have come. */
  until(count: number): Promise<Alert[]>
  acknowledge(...ids: string[]): void
  /** Resolves with the close code once the connection has ended. */
  readonly closed: Promise<number>
  close(): Promise<void>
}

type Call = (path: string, init?: RequestInit & { as?: string }) => Promise<Response>

export async function ticketFor(call: Call, as: string): Promise<string> {
  const response = await call('/auth/ws-ticket', { method: 'POST', as })
  return ((await response.json()) as WsTicket).ticket
}

/** Gets a ticket and connects. Rejects when the connection is refused. */
export async function openFeed(
  { url, call }: { url: string; call: Call },
  as: string,
  since?: string,
): Promise<TestFeed> {
  return connectFeed(url, await ticketFor(call, as), since)
}

/** @param origin of the page that connects; undefined for a program. @param further parameters of the request. */
export async function connectFeed(
  url: string,
  ticket: string,
  since?: string,
  origin?: string,
  further: Record<string, string> = {},
): Promise<TestFeed> {
  const query = new URLSearchParams({ ticket, ...(since !== undefined && { since }), ...further })
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/alerts?${query}`, origin ? { origin } : {})
  const messages: FeedMessage[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    messages.push(JSON.parse(data.toString()))
    for (const check of waiting) check()
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const alerts = () => messages.flatMap((m) => (m.event_type === 'THREAT_ESCALATION' ? [m.payload] : []))
  return {
    messages,
    alerts,
    until: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (alerts().length < count) return
          waiting.delete(check)
          resolve(alerts())
        }
        waiting.add(check)
        check()
      }),
    acknowledge: (...ids) => socket.send(JSON.stringify({ event_type: 'ACK', payload: { ids } })),
    closed,
    async close() {
      socket.close()
      await closed
    },
  }
}
