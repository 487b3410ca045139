import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import type { AuditStore } from '../audit/index.js'
import { withBackoff } from './backoff.js'
import type { HecClient } from './hec-client.js'
import { shipAudit } from './ship-audit.js'
import { shipEvents } from './ship-events.js'
import { shipLogs } from './ship-logs.js'
import type { Spool } from './spool.js'
import type { ForwardStore } from './store.js'

/** Ships the log, the events and the audit log to Splunk. What is not acknowledged stays on disk, or behind the cursor in the database. */
export interface Forwarder {
  stop(): Promise<void>
}

export interface ForwarderOptions {
  send: HecClient
  spool: Spool
  events: ForwardStore
  audit: Pick<AuditStore, 'after' | 'forwarded' | 'setForwarded'>
  isLeader: () => boolean
  publish: Publish
  log: Logger
  now: () => number
}

const PAUSE_MS = 1_000

/** Ships until it is stopped; the three fail and back off apart from each other. */
export function startForwarder(options: ForwarderOptions): Forwarder {
  const { spool, publish, log, now } = options
  const reportFailure = (what: 'logs' | 'events' | 'audit') => (error: unknown) => {
    publish({ kind: 'items_forwarded', what, outcome: 'failed', count: 1 })
    log.warning('Splunk does not take what is forwarded; it waits', {
      what,
      cause: (error as Error).message,
    })
  }
  const pollers = [
    createPoller({
      work: withBackoff(() => shipLogs(options), {
        now,
        onFailure: reportFailure('logs'),
        whileOpen: () => spool.flush(),
      }),
      pauseMs: PAUSE_MS,
      onError: (error) => log.warning('The log cannot be spooled', { cause: (error as Error).message }),
    }),
    createPoller({
      work: withBackoff(() => shipEvents(options), {
        now,
        onFailure: reportFailure('events'),
        whileOpen: async () => {},
      }),
      pauseMs: PAUSE_MS,
      onError: (error) =>
        log.warning('Events to forward cannot be read', { cause: (error as Error).message }),
    }),
    createPoller({
      work: withBackoff(() => shipAudit(options), {
        now,
        onFailure: reportFailure('audit'),
        whileOpen: async () => {},
      }),
      pauseMs: PAUSE_MS,
      onError: (error) =>
        log.warning('The audit log to forward cannot be read', { cause: (error as Error).message }),
    }),
  ]

  return {
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      await spool.flush().catch(() => {})
    },
  }
}
