import { setTimeout as sleep } from 'node:timers/promises'
import { createUnderWay } from '../../server/src/platform/under-way.js'
import { UNANSWERED } from './tally.js'

/** What became of one request of the honest sensor. */
export interface HonestRequest {
  what: 'event' | 'HEC batch' | 'health' | 'live'
  sentAt: number
  milliseconds: number
  status: number | typeof UNANSWERED
  /** Seconds of Retry-After; null without. */
  retryAfter: number | null
}

export interface HonestSensor {
  requests: readonly HonestRequest[]
  /** Resolves once everything that was sent is answered. */
  stop(): Promise<void>
}

/** What a sensor waits for an answer before it counts as none. */
const PATIENCE_MS = 20_000
/** Twenty events a second each alone, a batch a second, the health of the platform, and whether it lives four times a second. */
const PERIOD_MS = { event: 50, 'HEC batch': 1_000, health: 1_000, live: 250 } as const
const BATCH_EVENTS = 20

/** What it sends and asks, each by its name. */
function requestsOf(url: string, key: string): Record<HonestRequest['what'], () => Promise<Response>> {
  let events = 0

  function anEvent() {
    events += 1
    return {
      source_ip: `198.51.100.${events % 200}`,
      occurred_at: new Date().toISOString(),
      sensor_id: 'honest',
      session: `honest ${events % 500}`,
      username: 'root',
      password: `p${events}`,
    }
  }

  const post = (path: string, body: string) =>
    fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  const get = (path: string) => fetch(url + path, { signal: AbortSignal.timeout(PATIENCE_MS) })
  return {
    event: () => post('/log', JSON.stringify(anEvent())),
    'HEC batch': () =>
      post(
        '/services/collector',
        Array.from({ length: BATCH_EVENTS }, () => JSON.stringify({ event: anEvent() })).join('\n'),
      ),
    health: () => get('/health'),
    live: () => get('/health/live'),
  }
}

/** Sends steadily, whatever the answers are, with a key of its own. */
export function startHonestSensor(url: string, key: string): HonestSensor {
  const requests: HonestRequest[] = []
  const open = createUnderWay()
  const senders = requestsOf(url, key)
  let isOver = false

  async function repeat(what: HonestRequest['what']): Promise<void> {
    let due = performance.now()
    while (!isOver) {
      open.add(note(what, senders[what]()))
      due += PERIOD_MS[what]
      await sleep(Math.max(0, due - performance.now()))
    }
  }

  async function note(what: HonestRequest['what'], answer: Promise<Response>): Promise<void> {
    const sentAt = Date.now()
    const { status, retryAfter } = await answer.then(
      async (response) => {
        await response.arrayBuffer()
        const header = response.headers.get('retry-after')
        return { status: response.status, retryAfter: header === null ? null : Number(header) }
      },
      () => ({ status: UNANSWERED, retryAfter: null }) as const,
    )
    requests.push({ what, sentAt, milliseconds: Date.now() - sentAt, status, retryAfter })
  }

  const running = Object.keys(senders).map((what) => repeat(what as HonestRequest['what']))
  return {
    requests,
    async stop() {
      isOver = true
      await Promise.all(running)
      await open.settled()
    },
  }
}

/** Whether a request brings events, by which the platform is judged. */
export function isSending({ what }: HonestRequest): boolean {
  return what === 'event' || what === 'HEC batch'
}
