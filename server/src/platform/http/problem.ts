import { STATUS_CODES } from 'node:http'
import type { Problem } from '@eviltwin/contract'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { AppError, InvalidInputError, NotFoundError } from '../errors.js'
import type { Logger } from '../logger.js'
import { describeInvalid } from './invalid-input.js'
import { idsOf } from './request-context.js'

/** The one place where errors become answers: RFC 9457 problem details, and nothing of our insides. */
export function answerProblems(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError | AppError, request, reply) => {
    const known = asAppError(error, request)
    if (known) {
      if (known.status >= 500) {
        const { message: cause } = (known.cause as Error | undefined) ?? known
        log.error(known.title, { ...idsOf(request), problem: known.type, cause })
      }
      return sendProblem(request, reply, known)
    }
    const status = error instanceof AppError ? 500 : (error.statusCode ?? 500)
    if (status < 500) return sendProblem(request, reply, foreignProblem(status, error.message))
    log.critical('Unhandled exception', { ...idsOf(request), error: error.message, stack: error.stack })
    return sendProblem(request, reply, {
      status: 500,
      type: '/problems/internal-error',
      title: 'Internal server error',
      message: `an error that was not expected; the log has it under the request id ${request.id}: report it with that line`,
    })
  })
}

/** Answers like any other error, for requests that reach no handler. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: Pick<AppError, 'status' | 'type' | 'title' | 'message'> &
    Partial<Pick<AppError, 'errors' | 'retryAfter'>>,
): FastifyReply {
  const problem: Problem = {
    type: error.type,
    title: error.title,
    status: error.status,
    detail: error.message,
    request_id: request.id,
    ...(error.errors && { errors: [...error.errors] }),
  }
  if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter)
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="eviltwin"')
  return reply.code(error.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

export function notFound(request: FastifyRequest): NotFoundError {
  return new NotFoundError(
    `no ${request.method} ${request.url.split('?', 1)[0]}; the API is described at /docs`,
  )
}

function asAppError(error: FastifyError | AppError, request: FastifyRequest): AppError | null {
  if (error instanceof AppError) return error
  if (!hasZodFastifySchemaValidationErrors(error)) return null
  return new InvalidInputError(
    describeInvalid(error, request.routeOptions.url ?? ''),
    error.validation.map(({ instancePath, message }) => ({
      pointer: instancePath,
      message: message ?? 'not valid',
    })),
  )
}

/** What fastify itself refuses: malformed JSON, wrong content type, too large, a path that is none. */
function foreignProblem(status: number, message: string) {
  const title = STATUS_CODES[status] ?? 'Bad request'
  return { status, type: `/problems/${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`, title, message }
}
