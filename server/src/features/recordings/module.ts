import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import { createBodyBudget } from '../../platform/http/body-budget.js'
import { createBodies } from '../../platform/http/raw-body.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import type { ApiKeys } from '../auth/index.js'
import { createPermits } from '../ingest/index.js'
import type { SessionReader } from '../sessions/index.js'
import { createRecordingIntake } from './intake.js'
import { readerRoutes } from './reader-routes.js'
import { createRecordingReader, type RecordingReader } from './reader-store.js'
import { createRecordings } from './recordings.js'
import { createRequestRate } from './request-rate.js'
import { senderRoutes } from './sender-routes.js'
import { createRecordingWriter } from './writer-store.js'

export interface RecordingsModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'> {
  apiKeys: Pick<ApiKeys, 'bindFirst'>
  sessions: Pick<SessionReader, 'events'>
  sourceOfEvidence: SourceOfEvidence
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

/** Bytes of recordings in memory, of all requests together. */
const MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024
/** Each holds a connection of those that answer people; what waits holds its body alone. */
const WRITES = { total: 3, perOwner: 2, maxWaiting: 256, maxWaitingPerOwner: 64 }
/** A chunk each second of two hundred sessions. */
const REQUESTS_PER_SECOND = 200
const USAGE_POLL_MS = 15_000

type Usage = Awaited<ReturnType<RecordingReader['usage']>>

/** Recordings of terminals: received from sensors, listed, played and exported. */
export function createRecordingsModule(options: RecordingsModuleOptions): Module {
  const { config, database, events, log, now, apiKeys, sessions, storageProblem } = options
  const reader = createRecordingReader(database.app)
  const recordings = createRecordings({
    store: reader,
    firstRecord: async (id) => (await sessions.events(id, 1, undefined)).items[0]?.raw ?? null,
    now,
  })
  const budget = createBodyBudget(MAX_BYTES_IN_FLIGHT)
  const bodies = createBodies({
    budget,
    idleMs: config.BODY_IDLE_SECONDS * 1000,
    keyOf: ({ apiKey }) => apiKey?.id ?? null,
  })
  const intake = createRecordingIntake({
    store: createRecordingWriter(database.app),
    limits: {
      maxRecordingBytes: config.RECORDING_MAX_BYTES,
      maxBytes: config.RECORDINGS_MAX_BYTES,
      maxBytesPerKey: config.RECORDINGS_MAX_BYTES_PER_KEY,
      maxRecordingsPerKey: config.RECORDINGS_MAX_PER_KEY,
    },
    sourceOf: options.sourceOfEvidence,
    now,
  })
  let usage: Usage | null = null
  let poller: Poller | null = null
  return {
    gauges: ({ gauge }) => registerGauges(gauge, () => usage, budget.held),
    start() {
      poller = createPoller({
        async work() {
          usage = await reader.usage()
        },
        pauseMs: USAGE_POLL_MS,
        onError: () => {
          usage = null
        },
      })
    },
    async stop() {
      await poller?.stop()
    },
    async routes(app) {
      await app.register(senderRoutes, {
        intake,
        bodies,
        rate: createRequestRate(REQUESTS_PER_SECOND, now),
        permits: createPermits(WRITES, 'recordings'),
        maxRecordingBytes: config.RECORDING_MAX_BYTES,
        storageProblem,
        bind: apiKeys.bindFirst,
        publish: events.publish,
        log: log.logging('backend.routers.recordings'),
      })
      await app.register(readerRoutes, { recordings })
    },
  }
}

/** @param usage as last counted; null where that failed. @param bytesInMemory of bodies that are being received. */
function registerGauges(
  gauge: GaugeRegistry['gauge'],
  usage: () => Usage | null,
  bytesInMemory: () => number,
): void {
  gauge(
    { name: 'eviltwin.recordings.stored', description: 'Recordings that are stored' },
    () => usage()?.recordings ?? null,
  )
  gauge(
    { name: 'eviltwin.recordings.stored_bytes', unit: 'By', description: 'Bytes that recordings take' },
    () => usage()?.bytes ?? null,
  )
  gauge(
    {
      name: 'eviltwin.recordings.bodies',
      across: 'sum',
      unit: 'By',
      description: 'Bytes of recordings in memory',
    },
    bytesInMemory,
  )
}
