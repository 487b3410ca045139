import type { Retention } from '@eviltwin/contract'
import { ConflictError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import type { RetentionSettingStore } from './setting-store.js'

/** How long data is kept: as the environment says, else as an administrator set it, else 90 days. */
export interface RetentionPolicy {
  read(): Promise<Retention>
  /** In effect with the next hourly run of every replica. @throws {ConflictError} while the environment decides. */
  change(days: number, actor: string): Promise<Retention>
}

export interface RetentionPolicyOptions {
  store: RetentionSettingStore
  /** RETENTION_DAYS; whoever may set it need not fear that a stolen login shortens it. */
  environmentDays: number | undefined
  /** What else bounds what is kept. */
  bounds: Pick<Retention, 'quarantine_max_bytes' | 'min_free_disk_bytes' | 'embedded_database'>
  log: Logger
  now: () => number
}

const DEFAULT_DAYS = 90

export function createRetentionPolicy(options: RetentionPolicyOptions): RetentionPolicy {
  const { store, environmentDays, bounds, log, now } = options

  async function read(): Promise<Retention> {
    const setting = environmentDays === undefined ? await store.read() : null
    return {
      retention_days: environmentDays ?? setting?.days ?? DEFAULT_DAYS,
      set_by: environmentDays !== undefined ? 'environment' : setting ? 'settings' : 'default',
      changed_by: setting?.changed_by ?? null,
      changed_at: setting?.changed_at ?? null,
      ...bounds,
    }
  }

  return {
    read,
    async change(days, actor) {
      if (environmentDays !== undefined)
        throw new ConflictError(
          `RETENTION_DAYS is set to ${environmentDays} in the environment of the server; change it there, or unset it`,
        )
      const { retention_days: before } = await read()
      await store.write(days, actor, new Date(now()))
      log.warning('Retention changed', { username: actor, days_before: before, days })
      return read()
    },
  }
}
