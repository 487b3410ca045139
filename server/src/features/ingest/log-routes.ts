import { IngestMany, IngestOne } from '@eviltwin/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { inTurns } from '../../domain/turns.js'
import { QuarantinedError, UnsupportedMediaTypeError } from '../../platform/errors.js'
import type { DescribedBody } from '../../platform/http/described-body.js'
import { type Bodies, takeBytes } from '../../platform/http/raw-body.js'
import type { App } from '../../platform/http/types.js'
import { SUPPORTED_ENCODINGS } from './body-decoding.js'
import type { Intake } from './intake.js'
import { withoutOwnMessages } from './own-messages.js'
import { type ReadLimits, readingRecords } from './read-records.js'
import type { RecordOutcome } from './record-outcome.js'

export interface IngestRouteOptions {
  intake: Intake
  bodies: Bodies
  limits: ReadLimits & { maxBodyBytes: number }
}

const LINES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
])
const MAX_LISTED_ERRORS = 100
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

const FIRST_EVENT = {
  source_ip: '203.0.113.7',
  occurred_at: '2026-03-22T12:00:00Z',
  sensor_id: 'cowrie-1',
  event_type: 'login_attempt',
  username: 'root',
  password: 'admin',
}
const EVENTS: DescribedBody = {
  'application/json': {
    description: 'One event, or an array; in the format of a known sensor, or with these fields',
    example: FIRST_EVENT,
  },
  'application/x-ndjson': { description: 'An event a line', example: `${JSON.stringify(FIRST_EVENT)}\n` },
}

/** POST /log. The body stays bytes until its records are split: a sensor's own JSON is kept as it came. */
export async function ingestRoutes(app: App, { intake, bodies, limits }: IngestRouteOptions): Promise<void> {
  takeBytes(app, limits.maxBodyBytes, bodies, 'INGEST_MAX_BODY_BYTES')

  app.post(
    '/log',
    {
      config: { access: { scope: 'ingest' }, describedBody: EVENTS },
      // Helmet works its headers out anew for every answer; for this one, which no browser renders, one suffices.
      helmet: false,
      schema: {
        summary: 'Send sensor events',
        description: `One event (a JSON object), an array, or NDJSON; Content-Encoding may be ${SUPPORTED_ENCODINGS}. Answered after the durable commit; sending the same again does no harm.`,
        tags: ['ingest'],
        consumes: ['application/json', 'application/x-ndjson'],
        response: { 200: z.union([IngestOne, IngestMany]) },
      },
      onRequest: intake.admit,
    },
    handle,
  )

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<IngestOne | IngestMany> {
    const mediaType = mediaTypeOf(request)
    const { headers } = request
    const body = await intake.body(request)
    const { form, records: all } = await inTurns(readingRecords(body, LINES.has(mediaType), limits))
    const { records, places, ignored, pings } = withoutOwnMessages(all)
    const idempotencyKey = headers['idempotency-key']
    const declaredSensor = headers['x-sensor-id']
    const outcomes = await intake.submit(request, reply, {
      records,
      pings,
      ...(typeof declaredSensor === 'string' && { default_sensor_id: declaredSensor }),
      ...(typeof idempotencyKey === 'string' &&
        IDEMPOTENCY_KEY.test(idempotencyKey) && {
          idempotency_key: `${request.apiKey?.id ?? ''} ${idempotencyKey}`,
        }),
    })
    return form === 'one' && ignored === 0 ? one(outcomes) : many(outcomes, places, ignored)
  }
}

/**
 * Only types that a web page cannot send without asking first (CORS preflight), so that with INGEST_AUTH=none a page in
 * an operator's browser cannot post events.
 */
function mediaTypeOf({ headers }: FastifyRequest): string {
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (LINES.has(mediaType) || mediaType === 'application/json' || mediaType.endsWith('+json'))
    return mediaType
  const isForm = mediaType === 'application/x-www-form-urlencoded' || mediaType === 'multipart/form-data'
  throw new UnsupportedMediaTypeError(
    `${isForm ? 'the body is a form, and events are JSON; ' : ''}send Content-Type: application/json (an object or an array) or application/x-ndjson (one object a line)`,
  )
}

function one([outcome]: readonly RecordOutcome[]): IngestOne {
  if (!outcome) throw new Error('a single record has an outcome')
  if (outcome.status === 'quarantined') {
    throw new QuarantinedError(outcome)
  }
  const { threat_score, threat_level, event } = outcome
  return { session_id: event.session_id, threat_score, threat_level, status: 'processed' }
}

/** @param places by the index of each outcome that of its record in the request. */
function many(outcomes: readonly RecordOutcome[], places: readonly number[], ignored: number): IngestMany {
  const answer: IngestMany = {
    accepted: 0,
    duplicates: 0,
    quarantined: 0,
    ...(ignored > 0 && { ignored }),
    errors: [],
  }
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'quarantined') {
      answer.quarantined += 1
      const { reason, detail } = outcome
      if (answer.errors.length < MAX_LISTED_ERRORS)
        answer.errors.push({ index: places[index] ?? index, reason, detail })
    } else if (outcome.status === 'accepted') answer.accepted += 1
    else answer.duplicates += 1
  }
  return answer
}
