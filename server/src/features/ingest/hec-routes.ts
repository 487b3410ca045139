import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { validate as isUuid } from 'uuid'
import { z } from 'zod'
import { AppError, ForbiddenError, UnauthorizedError } from '../../platform/errors.js'
import { bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import { HecDataError, readEnvelopes, readRawLines } from './hec-envelopes.js'
import type { Intake } from './intake.js'
import type { ReadLimits, ReadRecord } from './read-records.js'

export interface HecRouteOptions {
  intake: Intake
  storageProblem: () => string | null
  log: Logger
  limits: ReadLimits & { maxBodyBytes: number }
}

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
  healthy: [200, 17, 'HEC is healthy'],
  unhealthy: [503, 18, 'HEC is unhealthy, queues are full'],
} as const
type AnswerName = keyof typeof ANSWERS

const Answer = z.object({
  text: z.string(),
  code: z.number().int(),
  ackId: z.number().int().optional(),
  'invalid-event-number': z.number().int().optional(),
})
type Answer = z.infer<typeof Answer>

const AckRequest = z.object({ acks: z.array(z.number().int().nonnegative()).max(10_000) })
/** Channels whose acknowledgements are remembered; a client of a forgotten one sends again, which does no harm. */
const MAX_CHANNELS = 10_000

/** Refused for a reason that Splunk's clients know. */
class HecRefusal extends Error {
  override name = 'HecRefusal'
  constructor(readonly answer: AnswerName) {
    super(answer)
  }
}

/**
 * Splunk's HTTP Event Collector, so that every client of it can send here. An answer comes after the durable commit, so an
 * acknowledgement is true as soon as there is its id.
 */
export async function hecRoutes(app: App, options: HecRouteOptions): Promise<void> {
  const { intake, limits } = options
  const issued = new LRUCache<string, number>({ max: MAX_CHANNELS })
  const config = { access: { scope: 'ingest' } } as const
  const tags = ['ingest']

  takeBytes(app, limits.maxBodyBytes)
  app.setErrorHandler(explain)

  const sending = (summary: string) => ({
    config,
    helmet: false as const,
    onRequest: intake.admit,
    schema: { summary, tags, response: { 200: Answer } },
  })

  for (const path of ['/services/collector', '/services/collector/event', '/services/collector/event/1.0'])
    app.post(path, sending('Splunk HEC: events in envelopes'), (request, reply) =>
      take(request, reply, readEnvelopes),
    )
  for (const path of ['/services/collector/raw', '/services/collector/raw/1.0'])
    app.post(path, sending('Splunk HEC: a record a line'), (request, reply) =>
      take(request, reply, readRawLines),
    )

  app.post(
    '/services/collector/ack',
    {
      config,
      schema: {
        summary: 'Splunk HEC: what is durable',
        tags,
        response: { 200: z.object({ acks: z.record(z.string(), z.boolean()) }) },
      },
    },
    async (request) => {
      const channel = channelOf(request)
      if (channel === null) throw new HecRefusal('channelMissing')
      const { acks } = parseAcks(bytesOf(request))
      const next = issued.get(channelKey(request, channel)) ?? 0
      return { acks: Object.fromEntries(acks.map((id) => [String(id), id < next])) }
    },
  )

  app.get(
    '/services/collector/health',
    {
      config: { access: { public: true } },
      schema: {
        summary: 'Splunk HEC: whether events can be sent',
        tags,
        response: { 200: Answer, 503: Answer },
      },
    },
    async (_request, reply) => answer(reply, options.storageProblem() ? 'unhealthy' : 'healthy'),
  )

  async function take(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (body: Buffer, limits: ReadLimits) => ReadRecord[],
  ): Promise<Answer> {
    const channel = channelOf(request)
    const records = read(await intake.body(request), limits)
    await intake.submit(request, reply, { records })
    if (channel === null) return answer(reply, 'success')
    const key = channelKey(request, channel)
    const ackId = issued.get(key) ?? 0
    issued.set(key, ackId + 1)
    return { ...answer(reply, 'success'), ackId }
  }

  function explain(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
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
      options.log.error('A request of the event collector failed', {
        request_id: idsOf(request).request_id,
        cause,
      })
    }
    void reply.send(answer(reply, name))
  }
}

function answer(reply: FastifyReply, name: AnswerName): Answer {
  const [status, code, text] = ANSWERS[name]
  reply.code(status)
  return { text, code }
}

function answerTo(error: FastifyError | Error, { headers }: FastifyRequest): AnswerName {
  if (error instanceof HecRefusal) return error.answer
  if (error instanceof ForbiddenError) return 'invalidToken'
  if (error instanceof UnauthorizedError) {
    const { authorization } = headers
    if (authorization === undefined || authorization === '') return 'tokenRequired'
    return /^(?:Splunk|Basic|Bearer)\s+\S/i.test(authorization) ? 'invalidToken' : 'invalidAuthorization'
  }
  const status = error instanceof AppError ? error.status : ((error as FastifyError).statusCode ?? 500)
  if (status === 429 || status === 503 || status === 507) return 'busy'
  return status < 500 ? 'invalidFormat' : 'internalError'
}

/** @throws {HecRefusal} for one that is no GUID. */
function channelOf({ headers, query }: FastifyRequest): string | null {
  const named = headers['x-splunk-request-channel'] ?? (query as { channel?: unknown }).channel
  if (named === undefined || named === '') return null
  if (typeof named !== 'string' || !isUuid(named)) throw new HecRefusal('invalidChannel')
  return named.toLowerCase()
}

/** A channel belongs to its key: nobody asks for the acknowledgements of others. */
function channelKey({ apiKey }: FastifyRequest, channel: string): string {
  return `${apiKey?.id ?? ''} ${channel}`
}

function parseAcks(body: Buffer): z.infer<typeof AckRequest> {
  try {
    return AckRequest.parse(JSON.parse(body.toString()))
  } catch {
    throw new HecRefusal('invalidFormat')
  }
}
