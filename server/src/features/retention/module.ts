import { ensurePartitions } from '../../platform/postgres/partitions.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { ApiKeys } from '../auth/index.js'
import { createPacker, createPackingStore } from '../record-texts/index.js'
import { startMaintenance } from './maintenance.js'
import { createRetentionPolicy } from './policy.js'
import { retentionRoutes } from './routes.js'
import { createRetentionSettingStore } from './setting-store.js'
import { applyRetention } from './store.js'

/** How long data is kept, and whether there is room for more. */
export interface RetentionModule extends Module {
  /** Why nothing more can be stored, in words for the sender; null when all is well. */
  storageProblem(): string | null
  /** Free space on the disk of DATA_DIR, as last seen; null when the data is elsewhere. */
  diskFreeBytes(): number | null
  /** For how many days events are kept. */
  days(): Promise<number>
}

export interface RetentionModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'log' | 'now' | 'isLeader'> {
  apiKeys: ApiKeys
}

export function createRetentionModule(options: RetentionModuleOptions): RetentionModule {
  const { config, database, now, apiKeys } = options
  const log = options.log.logging('backend.maintenance')
  const embedded = config.DATABASE_URL === undefined
  const retention = createRetentionPolicy({
    store: createRetentionSettingStore(database.app),
    environmentDays: config.RETENTION_DAYS,
    bounds: {
      quarantine_max_bytes: config.QUARANTINE_MAX_BYTES,
      min_free_disk_bytes: config.MIN_FREE_DISK_BYTES,
      embedded_database: embedded,
    },
    log,
    now,
  })
  const maintenance = startMaintenance({
    ensurePartitions: () => ensurePartitions(database.maintenance, now()),
    removeOlderThan: (days) => applyRetention(database.maintenance, now(), days),
    packTexts: createPacker({ store: createPackingStore(database.maintenance), now }),
    isLeader: options.isLeader,
    apiKeys,
    log,
    retention,
    dataDir: embedded ? config.DATA_DIR : undefined,
    minFreeDiskBytes: config.MIN_FREE_DISK_BYTES,
  })
  return {
    storageProblem: maintenance.storageProblem,
    diskFreeBytes: maintenance.diskFreeBytes,
    days: async () => (await retention.read()).retention_days,
    async routes(app) {
      await app.register(retentionRoutes, { retention })
    },
    gauges({ gauge }) {
      gauge(
        {
          name: 'eviltwin.disk.free',
          across: 'min',
          unit: 'By',
          description: 'Free space on the disk of DATA_DIR',
        },
        maintenance.diskFreeBytes,
      )
    },
    stop: maintenance.stop,
  }
}
