import { z } from 'zod'
import { Timestamp } from './event.js'

/** Bounds of the setting and of RETENTION_DAYS. */
export const RetentionDays = z.number().int().min(1).max(3650)

/** How long data is kept, and what else bounds it. */
export const Retention = z.object({
  retention_days: RetentionDays,
  set_by: z.enum(['default', 'environment', 'settings']).meta({
    description: 'environment: RETENTION_DAYS is set, and cannot be changed here',
  }),
  changed_by: z.string().nullable(),
  changed_at: Timestamp.nullable(),
  quarantine_max_bytes: z.number(),
  min_free_disk_bytes: z.number(),
  embedded_database: z.boolean(),
})
export type Retention = z.infer<typeof Retention>

export const RetentionChange = z.object({
  retention_days: RetentionDays.meta({ description: 'What was received before is removed within the hour' }),
})
