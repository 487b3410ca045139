import type { Queryable } from '../../platform/postgres/database.js'

export interface RetentionSetting {
  days: number
  changed_by: string
  changed_at: string
}

export interface RetentionSettingStore {
  /** @returns null while nobody has set it. */
  read(): Promise<RetentionSetting | null>
  write(days: number, changedBy: string, changedAt: Date): Promise<void>
}

export function createRetentionSettingStore(database: Queryable): RetentionSettingStore {
  return {
    async read() {
      const [setting] = await database.query<RetentionSetting>({
        text: 'SELECT days, changed_by, changed_at FROM retention_setting',
      })
      return setting ?? null
    },
    async write(days, changedBy, changedAt) {
      await database.query({
        text: `INSERT INTO retention_setting (days, changed_by, changed_at) VALUES ($1, $2, $3)
          ON CONFLICT (only_row) DO UPDATE SET (days, changed_by, changed_at) = ($1, $2, $3)`,
        values: [days, changedBy, changedAt],
      })
    },
  }
}
