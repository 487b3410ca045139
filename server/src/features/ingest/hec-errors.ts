import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, ForbiddenError, UnauthorizedError } from '../../platform/errors.js'
import { idsOf } from '../../platform/http/request-context.js'
import type { Logger } from '../../platform/logger.js'
import { answer, type HecAnswerName, HecRefusal } from './hec-answers.js'
import { HecDataError } from './hec-envelopes.js'

/** Handles errors of the event collector in the words that Splunk's clients know; only unexpected ones are logged. */
export function hecErrorHandler(log: Logger) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void => {
    if (error instanceof AppError && error.retryAfter !== undefined)
      reply.header('retry-after', String(error.retryAfter))
    if (error instanceof HecDataError) {
      const { problem, eventNumber } = error
      const body = answer(reply, problem)
      void reply.send(problem === 'noData' ? body : { ...body, 'invalid-event-number': eventNumber })
      return
    }
    const name = answerTo(error, request)
    if (name === 'internalError') {
      const { message: cause } = error
      log.error('A request of the event collector failed', {
        request_id: idsOf(request).request_id,
        cause,
      })
    }
    void reply.send(answer(reply, name))
  }
}

function answerTo(error: FastifyError | Error, { headers, query }: FastifyRequest): HecAnswerName {
  if (error instanceof HecRefusal) return error.answer
  if (error instanceof ForbiddenError) return 'invalidToken'
  if (error instanceof UnauthorizedError) {
    const { authorization } = headers
    if (authorization === undefined || authorization === '')
      return (query as { token?: string }).token ? 'invalidToken' : 'tokenRequired'
    return /^(?:Splunk|Basic|Bearer)\s+\S/i.test(authorization) ? 'invalidToken' : 'invalidAuthorization'
  }
  const status = error instanceof AppError ? error.status : ((error as FastifyError).statusCode ?? 500)
  if (status === 429 || status === 503 || status === 507) return 'busy'
  return status < 500 ? 'invalidFormat' : 'internalError'
}
