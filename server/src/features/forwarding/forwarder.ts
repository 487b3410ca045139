import { hostname } from 'node:os'
import type { Event } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import type { HecClient } from './hec-client.js'
import type { Spool } from './spool.js'
import type { ForwardStore } from './store.js'

/** Ships the log and the events to Splunk. What is not acknowledged stays on disk, or behind the cursor in the database. */
export interface Forwarder {
  stop(): Promise<void>
}

export interface ForwarderOptions {
  send: HecClient
  spool: Spool
  events: ForwardStore
  isLeader: () => boolean
  publish: Publish
  log: Logger
  now: () => number
}

const PAUSE_MS = 1_000
const LONGEST_REST_MS = 60_000
const BATCH_EVENTS = 500
const CURSOR = 'splunk-hec'
/**
 * Events are read this long after their receipt: by then every commit under way has ended, so nothing appears behind the
 * cursor. Longer than a statement of the ingest may take.
 */
const SETTLED_MS = 35_000

export function startForwarder(options: ForwarderOptions): Forwarder {
  const { send, spool, events, isLeader, publish, log, now } = options
  const host = hostname()
  const loops = [
    createPoller({
      work: resting('logs', shipLogs),
      pauseMs: PAUSE_MS,
      onError: (error) => log.warning('The log cannot be spooled', { cause: (error as Error).message }),
    }),
    createPoller({
      work: resting('events', shipEvents),
      pauseMs: PAUSE_MS,
      onError: (error) =>
        log.warning('Events to forward cannot be read', { cause: (error as Error).message }),
    }),
  ]

  async function shipLogs(): Promise<void> {
    await spool.flush()
    for (let segment = await spool.oldest(); segment; segment = await spool.oldest()) {
      await send(
        segment.lines.map(
          (line) =>
            `{"host":${JSON.stringify(host)},"source":"eviltwin","sourcetype":"eviltwin:log","event":${line}}`,
        ),
      )
      await segment.remove()
      publish({ kind: 'items_forwarded', what: 'logs', outcome: 'shipped', count: segment.lines.length })
    }
  }

  async function shipEvents(): Promise<void> {
    while (isLeader()) {
      const batch = await events.after(CURSOR, new Date(now() - SETTLED_MS), BATCH_EVENTS)
      const last = batch.at(-1)
      if (!last) return
      await send(batch.map((event) => JSON.stringify(envelopeOf(event))))
      await events.advance(CURSOR, last)
      publish({ kind: 'items_forwarded', what: 'events', outcome: 'shipped', count: batch.length })
      if (batch.length < BATCH_EVENTS) return
    }
  }

  function envelopeOf(event: Event): object {
    return {
      time: Date.parse(event.occurred_at) / 1000,
      host: event.sensor_id,
      source: 'eviltwin',
      sourcetype: 'eviltwin:event',
      event,
    }
  }

  /** After a failure nothing is tried for a while, longer each time: a circuit breaker with one probe a rest. */
  function resting(what: 'logs' | 'events', work: () => Promise<void>): () => Promise<void> {
    let restMs = 0
    let restUntil = 0
    return async () => {
      if (what === 'logs' && now() < restUntil) return spool.flush()
      if (now() < restUntil) return
      try {
        await work()
        restMs = 0
      } catch (error) {
        restMs = Math.min(LONGEST_REST_MS, Math.max(1_000, restMs * 2))
        restUntil = now() + restMs * (0.5 + Math.random() / 2)
        publish({ kind: 'items_forwarded', what, outcome: 'failed', count: 1 })
        log.warning('Splunk does not take what is forwarded; it waits', {
          what,
          cause: (error as Error).message,
        })
      }
    }
  }

  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
      await spool.flush().catch(() => {})
    },
  }
}
