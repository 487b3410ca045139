import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { Publish } from '../../domain/platform-event.js'
import { StorageFullError } from '../../platform/errors.js'
import { type Bodies, bytesOf } from '../../platform/http/raw-body.js'
import { idsOf, requestIds } from '../../platform/http/request-context.js'
import { withinTime } from '../../platform/postgres/translate-error.js'
import type { SensorPing } from '../sensors/index.js'
import { decodeBody, isEncoded } from './body-decoding.js'
import type { Ingest } from './ingest.js'
import { publishOutcomes, publishPings } from './intake-events.js'
import type { Origin } from './origin.js'
import type { Permits } from './permits.js'
import type { Submission } from './prepare.js'
import type { ReadLimits } from './read-records.js'
import type { RecordOutcome } from './record-outcome.js'
import { notedRefusal, senderOf } from './sender.js'

/** The records of a submission, and what their sender said of all of them. */
export interface Received
  extends Omit<
    Submission,
    'request_id' | 'traceparent' | 'key_sensor_id' | 'binding' | 'key_id' | 'max_events'
  > {
  /** By what sensors said that they run, in records that are no events. */
  pings?: readonly SensorPing[]
}

export interface IntakeOptions {
  ingest: Ingest
  bodies: Bodies
  /** Decompression takes memory and a thread. */
  decompression: Permits
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  /** Longest time that a sender waits for the store. */
  timeoutMs: number
  publish: Publish
  limits: ReadLimits & { maxDecompressedBytes: number }
}

/** What every way of sending events shares: whether anything can be stored, its bytes, and what becomes of its records. */
export interface Intake {
  /** Refuses before the body is read when there is no room to store. */
  admit: onRequestHookHandler
  /** The decompressed body, within limits. */
  body(request: FastifyRequest): Promise<Buffer>
  /**
   * Resolves once every record is durable; each new event is published.
   * @throws {StoreUnavailableError | StorageFullError} for every failure of the store, in time. @throws {TooManyRequestsError | QueueFullError}
   * @throws {PayloadTooLargeError} for more events than a request may make.
   */
  submit(request: FastifyRequest, reply: FastifyReply, received: Received): Promise<RecordOutcome[]>
  /** The same for records that came by another way than HTTP. @throws {AppError} as above. */
  submitFrom(origin: Origin, received: Received): Promise<RecordOutcome[]>
}

/** Events that one request may make for each record that it may have; most records make one. */
const EVENTS_PER_RECORD = 2
/** What a single record makes at most (its adapters' limit) always fits. */
const LARGEST_RECORD_EVENTS = 1_001

export function createIntake(options: IntakeOptions): Intake {
  const { ingest, storageProblem, publish, limits } = options
  const max_events = Math.max(EVENTS_PER_RECORD * limits.maxRecords, LARGEST_RECORD_EVENTS)
  return {
    admit(_request, reply, done) {
      const problem = storageProblem()
      if (problem) return done(new StorageFullError(problem))
      reply.header('x-content-type-options', 'nosniff')
      return done()
    },
    body: (request) => readBody(request, options),
    submit: (request, reply, received) =>
      submitFrom(originOf(request, reply), received).then(
        (outcomes) => {
          // What the platform sends itself says nothing of how it serves others.
          request.facts.isSynthetic ||= isSynthetic(outcomes)
          return outcomes
        },
        (error: unknown) => {
          throw notedRefusal(request, error)
        },
      ),
    submitFrom,
  }

  async function submitFrom(origin: Origin, { pings = [], ...received }: Received): Promise<RecordOutcome[]> {
    const { request_id, traceparent } = origin.ids
    const { binding, id: key_id } = origin.key ?? {}
    publishPings(pings, origin, received.default_sensor_id, publish)
    const stored = ingest.submit({
      request_id,
      traceparent,
      ...received,
      // Without a key (INGEST_AUTH=none) whoever sends may speak for any sensor.
      binding: binding ?? { kind: 'any' },
      ...(binding?.kind === 'named' && { key_sensor_id: binding.sensor_id }),
      ...(key_id !== undefined && { key_id }),
      max_events,
    })
    const outcomes = await withinTime(stored, options.timeoutMs)
    await publishOutcomes(origin, outcomes, publish)
    return outcomes
  }
}

/** Whether a request brought nothing but events of an attack of the platform itself. */
function isSynthetic(outcomes: readonly RecordOutcome[]): boolean {
  return outcomes.length > 0 && outcomes.every((outcome) => outcome.status === 'accepted' && outcome.held)
}

function originOf(request: FastifyRequest, reply: FastifyReply): Origin {
  return {
    key: request.apiKey,
    ids: { ...idsOf(request), ...requestIds(request) },
    elapsedMs: () => reply.elapsedTime,
  }
}

/** While it waits for a permit, a body is as small as it was sent; what it becomes counts instead of it. */
async function readBody(
  request: FastifyRequest,
  { bodies, decompression, limits }: Pick<IntakeOptions, 'bodies' | 'decompression' | 'limits'>,
): Promise<Buffer> {
  const body = bytesOf(request)
  const encoding = request.headers['content-encoding']
  if (!isEncoded(encoding)) return body
  const hold = (bytes: number) => bodies.hold(request, bytes)
  const decoded = await decompression
    .run(senderOf(request), () => decodeBody(body, encoding, { maxBytes: limits.maxDecompressedBytes, hold }))
    .catch((error: unknown) => {
      throw notedRefusal(request, error)
    })
  hold(-body.length)
  return decoded
}
