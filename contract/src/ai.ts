import { z } from 'zod'

export const AiStatus = z.object({
  available: z.boolean(),
  model: z.string(),
  provider: z.string(),
  message: z.string(),
})
export type AiStatus = z.infer<typeof AiStatus>
