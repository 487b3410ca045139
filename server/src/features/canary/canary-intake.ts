import type { IngestOne } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { RequestIds } from '../../domain/request-ids.js'
import { millisecondsOf, parseTimestamp, timestampOf } from '../../domain/timestamp.js'
import { ConflictError, QuarantinedError, UnauthorizedError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Ingest, RecordOutcome } from '../ingest/index.js'
import { type ReadLimits, type ReadRecord, readRecords } from '../ingest/index.js'
import { asObject, firstField, isServiceMessage, looksLikeOpenCanary } from '../sensors/index.js'
import { isSignedBy } from './signature.js'
import type { RecognisedToken } from './tokens.js'

/** Turns every touch of a canary into an event, whichever way it is reported. */
export interface CanaryIntake {
  /**
   * A signed webhook.
   * @throws {UnauthorizedError} when the signature or the time is not right, or no secret is configured.
   * @throws {ConflictError} when this very message was received before, by any replica.
   */
  webhook(message: SignedMessage, ids: RequestIds): Promise<IngestOne>
  /** The webhook of another canary system, on a token's own path. A service message of OpenCanary is no touch: null. */
  hook(token: RecognisedToken, body: Buffer, ids: RequestIds): Promise<RecordOutcome | null>
  /** A visit to one of our own tokens. */
  hit(token: RecognisedToken, visit: Visit, ids: RequestIds): Promise<RecordOutcome>
}

export interface SignedMessage {
  body: Buffer
  signature: string | undefined
  /** `X-Canary-Timestamp`, for senders whose body has no time. */
  timestamp: string | undefined
}

/** What a visitor of a token shows of itself. */
export interface Visit {
  source_ip: string
  source_port: number | undefined
  method: string
  /** Behind the token. */
  path: string
  user_agent: string | undefined
  referer: string | undefined
  accept_language: string | undefined
  username: string | undefined
  password: string | undefined
}

export interface CanaryIntakeOptions {
  ingest: Pick<Ingest, 'submit'>
  log: Logger
  publish: Publish
  now: () => number
  newId: () => string
  limits: ReadLimits
  /** Unset: no signed webhook is accepted. */
  secret: string | undefined
  toleranceSeconds: number
}

const TIME_FIELDS = ['timestamp', 'time', 'triggered_at', 'occurred_at', '@timestamp']

export function createCanaryIntake(options: CanaryIntakeOptions): CanaryIntake {
  const { ingest, log, publish, now, newId, limits, secret, toleranceSeconds } = options

  return {
    async webhook({ body, signature, timestamp }, ids) {
      if (secret === undefined) {
        throw new UnauthorizedError('signed canary webhooks are off: set CANARY_WEBHOOK_SECRET')
      }
      if (!isSignedBy(secret, body, signature)) {
        throw new UnauthorizedError(
          'X-Canary-Signature is not `sha256=` and the HMAC-SHA256 of this body in hexadecimal',
        )
      }
      const record = onlyRecord(body)
      const claimed = timeOf(record, timestamp)
      if (claimed === null || Math.abs(now() - claimed) > toleranceSeconds * 1000) {
        throw new UnauthorizedError(
          `the message needs a \`timestamp\` within ${toleranceSeconds} s of this server's clock (CANARY_WEBHOOK_TOLERANCE_SECONDS)`,
        )
      }
      const outcome = await submit(withTime(record, claimed), {
        ...ids,
        canary: '',
        default_sensor_id: 'canary-webhook',
        // The signature identifies the bytes: what was stored under it once, before a restart or by another replica, is a replay.
        idempotency_key: `canary-webhook ${signature?.toLowerCase()}`,
      })
      if (outcome.status === 'quarantined') throw new QuarantinedError(outcome)
      if (outcome.status === 'duplicate') throw new ConflictError('this message was received before')
      const { event, threat_score, threat_level } = outcome
      return { session_id: event.session_id, threat_score, threat_level, status: 'processed' }
    },
    async hook(token, body, ids) {
      const record = onlyRecord(body)
      const json = 'json' in record ? asObject(record.json) : null
      if (json && looksLikeOpenCanary(json) && isServiceMessage(json)) return null
      return submit(record, { ...ids, canary: token.name, key_sensor_id: token.sensor_id })
    },
    hit(token, visit, ids) {
      const json = {
        id: newId(),
        time: timestampOf(now()),
        event_type: 'canary',
        sensor_kind: 'canarytoken',
        protocol: 'http',
        action: `canary.${token.kind}`,
        ...visit,
        message: [`${visit.method} ${visit.path}`, visit.referer && `referer ${visit.referer}`]
          .filter(Boolean)
          .join(', '),
      }
      return submit(
        { json, raw: JSON.stringify(json) },
        { ...ids, canary: token.name, key_sensor_id: token.sensor_id },
      )
    },
  }

  async function submit(
    record: ReadRecord,
    submission: RequestIds & {
      canary: string
      key_sensor_id?: string
      default_sensor_id?: string
      idempotency_key?: string
    },
  ): Promise<RecordOutcome> {
    const [outcome] = await ingest.submit({ ...submission, records: [record] })
    if (!outcome) throw new Error('a record has an outcome')
    const logged = { request_id: submission.request_id, ...traceOf(submission.traceparent) }
    if (outcome.status === 'quarantined') {
      const { reason, quarantine_id } = outcome
      log.warning('Record quarantined', { ...logged, reason, quarantine_id })
    } else if (outcome.status === 'accepted') {
      const { source_ip, sensor_id, event_type, session_id, message } = outcome.event
      const { threat_score, threat_level } = outcome
      publish({
        kind: 'canary_triggered',
        ...logged,
        source_ip,
        sensor_id,
        event_type,
        session_id,
        threat_score,
        threat_level,
        canary: submission.canary || message,
      })
    }
    return outcome
  }

  function onlyRecord(body: Buffer): ReadRecord {
    const { records } = readRecords(body, false, { ...limits, maxRecords: 1 })
    const [record] = records
    if (!record) throw new Error('a body that was read has a record')
    return record
  }
}

/** Milliseconds since the epoch; the signed body's word counts before the header's. */
function timeOf(record: ReadRecord, header: string | undefined): number | null {
  const json = 'json' in record ? asObject(record.json) : null
  const own = json ? firstField(json, TIME_FIELDS) : undefined
  const parsed = parseTimestamp(own ?? header)
  return parsed === null ? null : millisecondsOf(parsed)
}

/** A message whose time came in a header gets it into the record, which is otherwise kept as it came. */
function withTime(record: ReadRecord, claimed: number): ReadRecord {
  const json = 'json' in record ? asObject(record.json) : null
  if (!json || !('raw' in record) || firstField(json, TIME_FIELDS) !== undefined) return record
  return { json: { ...json, timestamp: timestampOf(claimed) }, raw: record.raw }
}
