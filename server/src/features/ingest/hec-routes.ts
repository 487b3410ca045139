import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { inTurns } from '../../domain/turns.js'
import type { DescribedBody } from '../../platform/http/described-body.js'
import { type Bodies, bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import type { Remote } from '../../platform/workers/link.js'
import type { Envelope } from '../sensors/index.js'
import { channelKey, channelOf, type HecAcknowledgements } from './hec-acknowledgements.js'
import { answer, HecAnswer, HecRefusal } from './hec-answers.js'
import { readingEnvelopes, readingRawLines } from './hec-envelopes.js'
import { hecErrorHandler } from './hec-errors.js'
import type { Intake } from './intake.js'
import { withoutOwnMessages } from './own-messages.js'
import type { ReadLimits, ReadRecord } from './read-records.js'

export interface HecRouteOptions {
  acknowledgements: Remote<HecAcknowledgements>
  intake: Intake
  bodies: Bodies
  storageProblem: () => string | null
  /** Whether a key in the query counts. */
  queryTokens: boolean
  log: Logger
  limits: ReadLimits & { maxBodyBytes: number }
}

const AckRequest = z.object({ acks: z.array(z.number().int().nonnegative()).max(10_000) })
const config = { access: { scope: 'ingest', queryKey: true } } as const
const tags = ['ingest']
const EVENT = { source_ip: '203.0.113.7', occurred_at: '2026-03-22T12:00:00Z', username: 'root' }
const ENVELOPES: DescribedBody = {
  'application/json': {
    description: 'Envelopes, one after the other; `event` is the record',
    example: { sourcetype: 'cowrie', event: EVENT },
  },
}
const RAW_LINES: DescribedBody = {
  'text/plain': { description: 'A record a line', example: `${JSON.stringify(EVENT)}\n` },
}
const ACKS: DescribedBody = {
  'application/json': { description: 'Ids that answers had as `ackId`', example: { acks: [0, 1] } },
}

/**
 * Splunk's HTTP Event Collector, so that every client of it can send here. An answer comes after the durable commit, so an
 * acknowledgement is true as soon as there is its id.
 */
export async function hecRoutes(app: App, options: HecRouteOptions): Promise<void> {
  const { acknowledgements, bodies, limits, log, queryTokens, storageProblem } = options
  takeBytes(app, limits.maxBodyBytes, bodies, 'INGEST_MAX_BODY_BYTES')
  app.setErrorHandler(hecErrorHandler(log, queryTokens))
  registerSending(app, options, acknowledgements)
  registerAcknowledgements(app, acknowledgements)
  registerHealth(app, storageProblem)
  registerOptions(app)
}

function registerSending(
  app: App,
  { intake, limits }: Pick<HecRouteOptions, 'intake' | 'limits'>,
  acknowledgements: Remote<HecAcknowledgements>,
): void {
  const sending = (summary: string, describedBody: DescribedBody) => ({
    config: { ...config, describedBody },
    helmet: false as const,
    onRequest: intake.admit,
    schema: { summary, tags, response: { 200: HecAnswer } },
  })

  for (const path of ['/services/collector', '/services/collector/event', '/services/collector/event/1.0'])
    app.post(path, sending('Splunk HEC: events in envelopes', ENVELOPES), (request, reply) =>
      take(request, reply, readingEnvelopes),
    )
  for (const path of ['/services/collector/raw', '/services/collector/raw/1.0'])
    app.post(path, sending('Splunk HEC: a record a line', RAW_LINES), (request, reply) =>
      take(request, reply, (body, within) => readingRawLines(body, within, envelopeOf(request))),
    )

  async function take(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (body: Buffer, limits: ReadLimits) => Generator<number, ReadRecord[]>,
  ): Promise<HecAnswer> {
    const channel = channelOf(request)
    const all = await inTurns(read(await intake.body(request), limits))
    const { records, pings } = withoutOwnMessages(all)
    await intake.submit(request, reply, { records, pings })
    if (channel === null) return answer(reply, 'success')
    const ackId = await acknowledgements.issueAcknowledgement(channelKey(request, channel))
    return { ...answer(reply, 'success'), ackId }
  }
}

/** What the query of a request states for all of its lines (Splunk, "Format events for HTTP Event Collector"). */
function envelopeOf({ query }: FastifyRequest): Envelope {
  const { time, host } = query as Record<string, unknown>
  return {
    ...(typeof time === 'string' && time !== '' && { time }),
    ...(typeof host === 'string' && host !== '' && { host }),
  }
}

function registerAcknowledgements(app: App, acknowledgements: Remote<HecAcknowledgements>): void {
  app.post(
    '/services/collector/ack',
    {
      config: { ...config, describedBody: ACKS },
      schema: {
        summary: 'Splunk HEC: acknowledgements',
        tags,
        response: { 200: z.object({ acks: z.record(z.string(), z.boolean()) }) },
      },
    },
    async (request) => {
      const channel = channelOf(request)
      if (channel === null) throw new HecRefusal('channelMissing')
      const { acks } = parseAcks(bytesOf(request))
      const next = await acknowledgements.acknowledgedBelow(channelKey(request, channel))
      return { acks: Object.fromEntries(acks.map((id) => [String(id), id < next])) }
    },
  )
}

function parseAcks(body: Buffer): z.infer<typeof AckRequest> {
  try {
    return AckRequest.parse(JSON.parse(body.toString()))
  } catch {
    throw new HecRefusal('invalidFormat')
  }
}

/** Clients ask which methods there are before they send: Docker, before it starts a container, takes only 200 for an answer. */
function registerOptions(app: App): void {
  // A page of another origin gets its headers, where such pages are allowed; nobody else needs them.
  const cors = { strictPreflight: false, preflightContinue: true }
  for (const path of ['/services/collector', '/services/collector/*'])
    app.options(
      path,
      { config: { access: { public: true }, cors }, schema: { hide: true } },
      (_request, reply) => reply.header('allow', 'GET, POST, OPTIONS').send(),
    )
}

function registerHealth(app: App, storageProblem: HecRouteOptions['storageProblem']): void {
  for (const path of ['/services/collector/health', '/services/collector/health/1.0'])
    app.get(
      path,
      {
        config: { access: { public: true } },
        schema: {
          summary: 'Splunk HEC: health',
          tags,
          response: { 200: HecAnswer, 503: HecAnswer },
        },
      },
      async (_request, reply) => answer(reply, storageProblem() ? 'unhealthy' : 'healthy'),
    )
}
