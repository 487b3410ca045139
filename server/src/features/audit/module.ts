import type { FastifyInstance } from 'fastify'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import type { AuditRecord } from './chain.js'
import { auditEvents } from './recorded-events.js'
import { createRepeatedRecords } from './repeated.js'
import { auditRoutes } from './routes.js'
import { type AuditStore, createAuditStore } from './store.js'
import { watchRoutes } from './watch-routes.js'
import { type AuditWriter, createAuditWriter } from './writer.js'

/** Who changed what, whatever the level of the log is. */
export interface AuditModule extends Module {
  store: AuditStore
  /** Makes an application write down what its routes change. */
  watch(app: FastifyInstance): void
  /** What a start of the platform made: the first administrator, and keys by their names. */
  recordStart(made: { admin?: string | undefined; keys: readonly string[] }): Promise<void>
}

export type AuditModuleOptions = Pick<
  ModuleContext,
  'config' | 'database' | 'events' | 'log' | 'databaseClock' | 'isLeader'
>

/** What repeats is counted for so long. */
const PERIOD_MS = 10 * 60_000
/** What waits is tried again. */
const RETRY_MS = 5_000
const HOUR_MS = 3_600_000
/** As long as rollups and reviews: a year, and time to look at it. */
const KEPT_MS = 400 * 24 * HOUR_MS
const REMOVED_AT_ONCE = 1_000

export function createAuditModule(options: AuditModuleOptions): AuditModule {
  const { database, events, databaseClock } = options
  const log = options.log.logging('backend.audit')
  const store = createAuditStore(database.app)
  const writer = createAuditWriter(store, log)
  const now = databaseClock.now
  const repeated = createRepeatedRecords((record) => void writer.write(record))
  const pollers: Poller[] = []
  events.subscribe(auditEvents(writer, repeated, now))

  async function logHead(): Promise<void> {
    const { seq, hash } = await store.head()
    log.info('Audit head', { seq, hash })
  }

  async function removeOld(): Promise<void> {
    if (!options.isLeader()) return
    const before = new Date(now() - KEPT_MS)
    while ((await store.removeBefore(before, REMOVED_AT_ONCE)) === REMOVED_AT_ONCE);
  }

  return {
    store,
    watch: (app) => watchRoutes(app, { writer, repeated, now }),
    async recordStart({ admin, keys }) {
      if (admin !== undefined) await writer.write(addedByStart('user.add', admin, now()))
      for (const key of keys) await writer.write(addedByStart('api_key.add', key, now()))
    },
    async routes(app) {
      await app.register(auditRoutes, { store, writer })
    },
    gauges: (gauges) => registerGauges(gauges, writer),
    start() {
      const onError = (error: unknown) =>
        log.warning('The audit log cannot be maintained; trying again', { cause: (error as Error).message })
      let periodEnds = now() + PERIOD_MS
      const retry = async () => {
        if (now() >= periodEnds) {
          repeated.flush()
          periodEnds = now() + PERIOD_MS
        }
        await writer.flush()
      }
      pollers.push(
        createPoller({ work: retry, pauseMs: RETRY_MS, onError }),
        createPoller({ work: logHead, pauseMs: HOUR_MS, onError }),
        createPoller({ work: removeOld, pauseMs: HOUR_MS, onError }),
      )
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      repeated.flush()
      await writer.flush()
      await logHead().catch(() => {})
    },
  }
}

function addedByStart(action: string, name: string, at: number): AuditRecord {
  return {
    at,
    action,
    outcome: 'succeeded',
    count: 1,
    detail: {
      actor: { kind: 'system', id: null, name: 'start' },
      address: null,
      request_id: null,
      target: { id: null, name },
      before: null,
      after: null,
      reason: null,
    },
  }
}

function registerGauges({ gauge }: GaugeRegistry, writer: AuditWriter): void {
  gauge(
    {
      name: 'eviltwin.audit.waiting',
      across: 'sum',
      unit: '{entry}',
      description: 'Entries of the audit log that wait to be written',
    },
    writer.waiting,
  )
  gauge(
    {
      name: 'eviltwin.audit.lost',
      across: 'sum',
      unit: '{entry}',
      description: 'Entries of the audit log that were lost since the start',
    },
    writer.lost,
  )
}
