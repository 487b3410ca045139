import { openCountries } from '../features/attackers/geo.js'
import { auditCommand, type CommandChange } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { createApiKeyStore } from '../features/auth/api-key-store.js'
import { createApiKeys } from '../features/auth/api-keys.js'
import { watchIdentities } from '../features/ingest/identities.js'
import { createIdentityStore } from '../features/ingest/identity-store.js'
import { createIngest } from '../features/ingest/ingest.js'
import { createQuarantine, type Quarantine } from '../features/ingest/quarantine.js'
import { createQuarantineQuota } from '../features/ingest/quarantine-quota.js'
import { createQuarantineStore } from '../features/ingest/quarantine-store.js'
import { createQuarantineUsageStore } from '../features/ingest/quarantine-usage-store.js'
import { createIngestStore } from '../features/ingest/store.js'
import { createRuleScorer } from '../features/scoring/rules.js'
import { ensurePartitions } from '../platform/postgres/partitions.js'
import { withStore } from './with-store.js'

/** Lends a command the quarantine of this installation, whether or not a server is running. */
export function withQuarantine(
  work: (quarantine: Quarantine, audit: (change: CommandChange) => Promise<void>) => Promise<void>,
): Promise<void> {
  return withStore(async (database, config, logging) => {
    const log = logging('backend.routers.ingest')
    const identities = await watchIdentities({
      store: createIdentityStore(database.app),
      log,
      now: Date.now,
      pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
    })
    const limits = {
      maxBytes: config.QUARANTINE_MAX_BYTES,
      maxBytesPerKey: config.QUARANTINE_MAX_BYTES_PER_KEY,
    }
    const keys = createApiKeys(createApiKeyStore(database.app), Date.now)
    const ingest = createIngest({
      store: createIngestStore(database.ingest),
      quota: createQuarantineQuota({
        store: createQuarantineUsageStore(database.ingest),
        limits,
        publish: () => {},
        log,
      }),
      ensurePartitions: () => ensurePartitions(database.maintenance, Date.now()),
      scorer: createRuleScorer(),
      countryOf: openCountries(config.GEO_DATABASE),
      observer: { sessionScored: () => {}, escalated: () => {}, commitRetried: () => {} },
      now: Date.now,
      maxQueuedRows: config.INGEST_MAX_QUEUED_EVENTS,
      bindKey: keys.bindFirst,
      identitiesInUse: identities.inUse,
    })
    await work(
      createQuarantine({
        store: createQuarantineStore(database.app, config.INGEST_MAX_RECORD_BYTES),
        usage: createQuarantineUsageStore(database.app),
        ingest,
        bindingsOf: keys.bindings,
        readLimits: { maxRecords: 1, maxDepth: 64, maxRecordBytes: config.INGEST_MAX_RECORD_BYTES },
        limits,
      }),
      (change) => auditCommand(createAuditStore(database.app), change, Date.now()),
    )
  })
}
