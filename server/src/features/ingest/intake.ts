import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { clientBlockOf } from '../../domain/ip-address.js'
import type { KeyBinding } from '../../domain/key-binding.js'
import type { Publish } from '../../domain/platform-event.js'
import type { RequestIds } from '../../domain/request-ids.js'
import { inTurns } from '../../domain/turns.js'
import { QueueFullError, StorageFullError, TooManyRequestsError } from '../../platform/errors.js'
import { type Bodies, bytesOf } from '../../platform/http/raw-body.js'
import { idsOf, requestIds } from '../../platform/http/request-context.js'
import { withinTime } from '../../platform/postgres/translate-error.js'
import { type SensorPing, sensorOfPing } from '../sensors/index.js'
import { decodeBody, isEncoded } from './body-decoding.js'
import type { Ingest } from './ingest.js'
import type { Permits } from './permits.js'
import type { Submission } from './prepare.js'
import type { ReadLimits } from './read-records.js'
import type { RecordOutcome } from './record-outcome.js'

/** The key that records came with. */
export interface SenderKey {
  id: string
  /** Its first characters, by which people tell keys apart. */
  prefix: string
  /** Of which sensors it may send events. */
  binding: KeyBinding
}

/** By what way records came. */
export interface Origin {
  /** Null without a key (INGEST_AUTH=none): then the sender may speak for any sensor. */
  key: SenderKey | null
  ids: RequestIds & { trace_id: string }
  /** Milliseconds since the records began to arrive. */
  elapsedMs: () => number
}

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

/** As {@link inTurns} counts it. */
const PUBLISHING_COST = 256

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
        (error: unknown) => noteRefusal(request, error),
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
    await inTurns(publishing(origin, outcomes))
    publishClaims(origin, outcomes, publish)
    publishDuplicates(outcomes, publish)
    return outcomes
  }

  /** Publishes every outcome; what is published is also logged, which takes its time. */
  function* publishing(
    { key, ids: { request_id, trace_id }, elapsedMs }: Origin,
    outcomes: readonly RecordOutcome[],
  ): Generator<number, void> {
    const duration_ms = Math.round(elapsedMs())
    const key_prefix = key?.prefix ?? null
    for (const outcome of outcomes) {
      yield PUBLISHING_COST
      if (outcome.status === 'quarantined') {
        const { reason, quarantine_id } = outcome
        publish({ kind: 'record_quarantined', request_id, trace_id, key_prefix, reason, quarantine_id })
        continue
      }
      for (const { source_ip, sensor_id, event_type, session_id } of outcome.new_events) {
        const { threat_score, threat_level } = outcome
        publish({
          kind: 'event_ingested',
          request_id,
          trace_id,
          source_ip,
          sensor_id,
          event_type,
          session_id,
          threat_score,
          threat_level,
          duration_ms,
        })
      }
    }
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

/**
 * Which sensors the records of a key are of: those that were refused, and of a key that may speak for any sensor also those that were
 * accepted. Once for each sensor of a request.
 */
function publishClaims({ key }: Origin, outcomes: readonly RecordOutcome[], publish: Publish): void {
  if (!key) return
  const { id: key_id, binding } = key
  const accepted = new Map<string, number>()
  const refused = new Map<string, number>()
  const count = (of: Map<string, number>, sensor_id: string) =>
    of.set(sensor_id, (of.get(sensor_id) ?? 0) + 1)
  for (const outcome of outcomes) {
    if (outcome.status !== 'quarantined') {
      if (binding.kind === 'any') count(accepted, outcome.event.sensor_id)
    } else if (outcome.reason === 'sensor_mismatch' && outcome.sensor_id !== null) {
      count(refused, outcome.sensor_id)
    }
  }
  for (const [sensor_id, records] of accepted)
    publish({ kind: 'sensor_claimed', key_id, sensor_id, records, allowed: true })
  for (const [sensor_id, records] of refused)
    publish({ kind: 'sensor_claimed', key_id, sensor_id, records, allowed: false })
}

function publishPings(
  pings: readonly SensorPing[],
  { key }: Origin,
  default_sensor_id: string | undefined,
  publish: Publish,
): void {
  const binding = key?.binding ?? { kind: 'any' }
  for (const ping of pings) {
    const { software, sent_at } = ping
    const sensor_id = sensorOfPing(ping, binding, default_sensor_id)
    publish({ kind: 'sensor_pinged', sensor_id, key_id: key?.id ?? null, software, sent_at })
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
    .run(request.apiKey?.id ?? clientBlockOf(request.ip), () =>
      decodeBody(body, encoding, { maxBytes: limits.maxDecompressedBytes, hold }),
    )
    .catch((error: unknown) => noteRefusal(request, error))
  hold(-body.length)
  return decoded
}

/** States whose fault a refusal is. @throws {unknown} the error. */
function noteRefusal(request: FastifyRequest, error: unknown): never {
  if (error instanceof TooManyRequestsError) request.facts.refusal = 'own_quota'
  if (error instanceof QueueFullError) request.facts.refusal = 'overload'
  throw error
}

function publishDuplicates(outcomes: readonly RecordOutcome[], publish: Publish): void {
  if (!outcomes.some(({ status }) => status === 'duplicate')) return
  const seen = new Set<string>()
  let within_request = 0
  let stored_before = 0
  for (const outcome of outcomes) {
    if (outcome.status === 'quarantined') continue
    const { id } = outcome.event
    if (outcome.status === 'duplicate') {
      if (seen.has(id)) within_request += 1
      else stored_before += 1
    }
    seen.add(id)
  }
  publish({ kind: 'duplicates_ignored', within_request, stored_before })
}
