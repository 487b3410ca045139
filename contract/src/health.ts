import { z } from 'zod'

export const Health = z.object({
  status: z.enum(['ok', 'degraded', 'unavailable']),
  reasons: z.array(z.string()).meta({ description: 'Why it is degraded' }),
  database: z.boolean(),
  alert_queue_depth: z.number().int(),
  model_loaded: z.boolean().meta({ description: 'false: scores come from the rules' }),
  uptime_seconds: z.number(),
  version: z.string(),
  demo: z.boolean().meta({ description: 'true: all data is made by the demo, none is real' }),
})
export type Health = z.infer<typeof Health>
