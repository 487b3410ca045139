import { z } from 'zod'

/** RFC 9457 problem details, the body of every error answer (`application/problem+json`). */
export const Problem = z.object({
  type: z
    .string()
    .meta({ description: 'A stable path that names the kind of problem', examples: ['/problems/not-found'] }),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  request_id: z.string(),
  errors: z
    .array(
      z.object({ pointer: z.string().meta({ description: 'RFC 6901 JSON pointer' }), message: z.string() }),
    )
    .optional(),
})
export type Problem = z.infer<typeof Problem>
