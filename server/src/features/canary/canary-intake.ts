import type { IngestOne } from '@eviltwin/contract'
import type { RequestIds } from '../../domain/request-ids.js'
import { ConflictError, QuarantinedError } from '../../platform/errors.js'
import { type ReadLimits, type ReadRecord, type RecordOutcome, readRecords } from '../ingest/index.js'
import { asObject, isServiceMessage, looksLikeOpenCanary } from '../sensors/index.js'
import { type SignedMessage, verifySignature, verifyTime } from './signed-message.js'
import { type CanarySubmission, type CanarySubmissionOptions, submitCanaryRecord } from './submission.js'
import type { RecognisedToken } from './tokens.js'
import { type Visit, visitRecord } from './visit.js'

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

export interface CanaryIntakeOptions extends CanarySubmissionOptions {
  now: () => number
  newId: () => string
  limits: ReadLimits
  /** Unset: no signed webhook is accepted. */
  secret: string | undefined
  toleranceSeconds: number
}

/** Checks what reports a touch, and stores it. */
export function createCanaryIntake(options: CanaryIntakeOptions): CanaryIntake {
  const { now, newId, limits, secret, toleranceSeconds } = options
  const submit = (record: ReadRecord, submission: CanarySubmission) =>
    submitCanaryRecord(options, record, submission)

  return {
    async webhook(message, ids) {
      verifySignature(message, secret)
      const record = onlyRecord(message.body, limits)
      const outcome = await submit(verifyTime(record, message.timestamp, { now: now(), toleranceSeconds }), {
        ...ids,
        canary: '',
        default_sensor_id: 'canary-webhook',
        // The signature identifies the bytes: what was stored under it once, before a restart or by another replica, is a replay.
        idempotency_key: `canary-webhook ${message.signature?.toLowerCase()}`,
      })
      if (outcome.status === 'quarantined') throw new QuarantinedError(outcome)
      if (outcome.status === 'duplicate') throw new ConflictError('this message was received before')
      const { event, threat_score, threat_level } = outcome
      return { session_id: event.session_id, threat_score, threat_level, status: 'processed' }
    },
    async hook(token, body, ids) {
      const record = onlyRecord(body, limits)
      const json = 'json' in record ? asObject(record.json) : null
      if (json && looksLikeOpenCanary(json) && isServiceMessage(json)) return null
      return submit(record, { ...ids, canary: token.name, key_sensor_id: token.sensor_id })
    },
    hit: (token, visit, ids) =>
      submit(visitRecord(token.kind, visit, { id: newId(), now: now() }), {
        ...ids,
        canary: token.name,
        key_sensor_id: token.sensor_id,
      }),
  }
}

function onlyRecord(body: Buffer, limits: ReadLimits): ReadRecord {
  const { records } = readRecords(body, false, { ...limits, maxRecords: 1 })
  const [record] = records
  if (!record) throw new Error('a body that was read has a record')
  return record
}
