import { z } from 'zod'

/** How long data is kept, and what bounds it; set by the environment of the server. */
export const Retention = z.object({
  retention_days: z.number().int(),
  quarantine_max_bytes: z.number(),
  min_free_disk_bytes: z.number(),
  embedded_database: z.boolean(),
})
export type Retention = z.infer<typeof Retention>
