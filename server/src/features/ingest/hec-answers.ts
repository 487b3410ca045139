import type { FastifyReply } from 'fastify'
import { z } from 'zod'

/** Answers of Splunk's HTTP Event Collector: status, code, text (Splunk, "Troubleshoot HTTP Event Collector"). */
const ANSWERS = {
  success: [200, 0, 'Success'],
  tokenRequired: [401, 2, 'Token is required'],
  invalidAuthorization: [401, 3, 'Invalid authorization'],
  invalidToken: [403, 4, 'Invalid token'],
  noData: [400, 5, 'No data'],
  invalidFormat: [400, 6, 'Invalid data format'],
  internalError: [500, 8, 'Internal server error'],
  busy: [503, 9, 'Server is busy'],
  channelMissing: [400, 10, 'Data channel is missing'],
  invalidChannel: [400, 11, 'Invalid data channel'],
  eventRequired: [400, 12, 'Event field is required'],
  eventBlank: [400, 13, 'Event field cannot be blank'],
  queryTokenNotEnabled: [400, 16, 'Query string authorization is not enabled'],
  healthy: [200, 17, 'HEC is healthy'],
  unhealthy: [503, 18, 'HEC is unhealthy, queues are full'],
} as const
export type HecAnswerName = keyof typeof ANSWERS

/** The body of an answer, as Splunk's clients read it. */
export const HecAnswer = z.object({
  text: z.string(),
  code: z.number().int(),
  ackId: z.number().int().optional(),
  'invalid-event-number': z.number().int().optional(),
})
export type HecAnswer = z.infer<typeof HecAnswer>

/** Refused for a reason that Splunk's clients know. */
export class HecRefusal extends Error {
  override name = 'HecRefusal'
  constructor(readonly answer: HecAnswerName) {
    super(answer)
  }
}

/** Sets the status of a reply. @returns the body that goes with it. */
export function answer(reply: FastifyReply, name: HecAnswerName): HecAnswer {
  const [status, code, text] = ANSWERS[name]
  reply.code(status)
  return { text, code }
}
