import { join } from 'node:path'
import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { ApiKeys } from '../auth/index.js'
import { createPermits } from '../ingest/index.js'
import { createRequestRate } from '../recordings/index.js'
import { createEvidenceIntake, type EvidenceLimits } from './intake.js'
import { readerRoutes } from './reader-routes.js'
import { createEvidenceReader, type EvidenceReader } from './reader-store.js'
import { senderRoutes } from './sender-routes.js'
import { createDirectoryStorage } from './storage.js'
import { sweep } from './sweep.js'
import { createVault } from './vault.js'
import { createEvidenceWriter } from './writer-store.js'

export interface EvidenceModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now' | 'isLeader'> {
  apiKeys: Pick<ApiKeys, 'bindFirst'>
  sourceOfEvidence: SourceOfEvidence
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  /** For how many days events are kept. */
  retentionDays: () => Promise<number>
}

/** Each has one part in memory and a file that is not kept yet. */
const UPLOADS = { total: 8, perOwner: 2, maxWaiting: 64, maxWaitingPerOwner: 16 }
const REQUESTS_PER_SECOND = 20
const USAGE_POLL_MS = 15_000
const SWEEP_MS = 3_600_000
/** A start has enough to do. */
const FIRST_SWEEP_MS = 60_000
const SWEEP_POLL_MS = 60_000

/** The evidence vault: files that attackers brought, received from sensors, kept, and handed out. */
export function createEvidenceModule(options: EvidenceModuleOptions): Module {
  const { config, database, events, log, now, apiKeys, storageProblem } = options
  const logger = log.logging('backend.routers.evidence')
  const storage = createDirectoryStorage(join(config.DATA_DIR, 'evidence'))
  const reader = createEvidenceReader(database.app)
  const writer = createEvidenceWriter(database.app)
  const vault = createVault({ storage, writer, reader, now })
  const intake = createEvidenceIntake({
    storage,
    writer,
    limits: limitsOf(config),
    sourceOf: options.sourceOfEvidence,
    now,
  })
  let usage: Awaited<ReturnType<EvidenceReader['usage']>> | null = null
  const pollers: Poller[] = []
  let sweepDueAt = performance.now() + FIRST_SWEEP_MS

  async function sweepAsLeader(): Promise<void> {
    if (!options.isLeader() || performance.now() < sweepDueAt) return
    sweepDueAt = performance.now() + SWEEP_MS
    const retentionDays = async () => config.EVIDENCE_RETENTION_DAYS ?? options.retentionDays()
    const slowWriter = createEvidenceWriter(database.maintenance)
    const swept = await sweep({ storage, writer: slowWriter, reader, retentionDays, now })
    if (swept.expired + swept.orphans > 0) logger.info('Old files removed', { ...swept })
  }

  return {
    gauges: ({ gauge }) => {
      gauge(
        { name: 'eviltwin.evidence.files', description: 'Files that the evidence vault holds' },
        () => usage?.files ?? null,
      )
      gauge(
        { name: 'eviltwin.evidence.bytes', unit: 'By', description: 'Bytes that the evidence vault holds' },
        () => usage?.bytes ?? null,
      )
    },
    start() {
      const onError = (error: unknown) =>
        logger.error('Evidence maintenance failed', { cause: (error as Error).message })
      const count = async () => {
        usage = await reader.usage()
      }
      const lose = () => {
        usage = null
      }
      pollers.push(createPoller({ work: count, pauseMs: USAGE_POLL_MS, onError: lose }))
      pollers.push(createPoller({ work: sweepAsLeader, pauseMs: SWEEP_POLL_MS, onError }))
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
    },
    async routes(app) {
      await app.register(senderRoutes, {
        intake,
        rate: createRequestRate(REQUESTS_PER_SECOND, now),
        permits: createPermits(UPLOADS, 'files'),
        maxFileBytes: config.EVIDENCE_MAX_FILE_BYTES,
        storageProblem,
        bind: apiKeys.bindFirst,
        publish: events.publish,
        log: logger,
      })
      await app.register(readerRoutes, { vault, sightings: reader.sightings, log: logger })
    },
  }
}

function limitsOf(config: EvidenceModuleOptions['config']): EvidenceLimits {
  return {
    maxFileBytes: config.EVIDENCE_MAX_FILE_BYTES,
    maxBytes: config.EVIDENCE_MAX_BYTES,
    maxBytesPerKey: config.EVIDENCE_MAX_BYTES_PER_KEY,
    maxFilesPerKey: config.EVIDENCE_MAX_FILES_PER_KEY,
    idleMs: config.BODY_IDLE_SECONDS * 1000,
  }
}
