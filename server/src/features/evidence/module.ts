import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import type { ApiKeys } from '../auth/index.js'
import { createPermits } from '../ingest/index.js'
import { createRequestRate } from '../recordings/index.js'
import { createArchives } from './archives.js'
import { completeFileIndex } from './file-index-store.js'
import { createEvidenceIntake, type EvidenceLimits } from './intake.js'
import { createMaintenance, type Maintenance } from './maintenance.js'
import { openStorage } from './open-storage.js'
import { readerRoutes } from './reader-routes.js'
import { createEvidenceReader } from './reader-store.js'
import { senderRoutes } from './sender-routes.js'
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
/** Each has a part of a file in memory. A reader that is slow or stalls keeps its own places, and nobody else's. */
const ARCHIVES = { total: 16, perUser: 2, idleMs: 30_000, wholeMs: 300_000 }

/** The evidence vault. */
export interface EvidenceModule extends Module {
  /** What of it does not work, in words that anybody may read. */
  problems(): string[]
}

/** Files that attackers brought, received from sensors, kept, and handed out. @throws {ConfigError} */
export function createEvidenceModule(options: EvidenceModuleOptions): EvidenceModule {
  const { config, database, events, log, now, apiKeys, storageProblem } = options
  const logger = log.logging('backend.routers.evidence')
  const opened = openStorage({ config, publish: events.publish, log: logger })
  const { storage } = opened
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
  const archives = createArchives({
    open: vault.open,
    limits: ARCHIVES,
    publish: events.publish,
    log: logger,
  })
  const maintenance = createMaintenance({
    storage,
    writer: createEvidenceWriter(database.maintenance),
    reader,
    retentionDays: async () => config.EVIDENCE_RETENTION_DAYS ?? options.retentionDays(),
    now,
    isLeader: options.isLeader,
    completeIndex: () => completeFileIndex(database.maintenance),
    checkStorage: opened.check,
    log: logger,
  })

  return {
    gauges: (registry) => registerGauges(registry, maintenance.usage, archives.count),
    start: maintenance.start,
    async stop() {
      await maintenance.stop()
      await opened.close()
    },
    problems: opened.problems,
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
      await app.register(readerRoutes, { vault, sightings: reader.sightings, archives })
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

function registerGauges(
  { gauge }: GaugeRegistry,
  usage: Maintenance['usage'],
  downloads: () => number,
): void {
  gauge(
    { name: 'eviltwin.evidence.files', description: 'Files that the evidence vault holds' },
    () => usage()?.files ?? null,
  )
  gauge(
    { name: 'eviltwin.evidence.bytes', unit: 'By', description: 'Bytes that the evidence vault holds' },
    () => usage()?.bytes ?? null,
  )
  gauge(
    {
      name: 'eviltwin.evidence.downloads_open',
      description: 'Files that are being downloaded from this process',
    },
    downloads,
  )
}
