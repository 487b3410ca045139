import type { CanaryHookAnswer, IngestOne } from '@eviltwin/contract'
import { clientBlockOf } from '../../domain/ip-address.js'
import type { RequestIds } from '../../domain/request-ids.js'
import {
  BadRequestError,
  ConflictError,
  QuarantinedError,
  StorageFullError,
  TooManyRequestsError,
} from '../../platform/errors.js'
import { type ReadLimits, type ReadRecord, readRecords } from '../ingest/index.js'
import { asObject, firstField, isServiceMessage, isTestCall, looksLikeOpenCanary } from '../sensors/index.js'
import { type SignedMessage, verifySignature, verifyTime } from './signed-message.js'
import { type CanarySubmission, type CanarySubmissionOptions, submitCanaryRecord } from './submission.js'
import type { RecognisedToken } from './tokens.js'
import type { UnstoredVisits } from './unstored-visits.js'
import { type Visit, visitRecord } from './visit.js'
import type { LimitedVisit } from './visit-budget.js'

/** What was sent to a token's hook. */
export interface HookBody {
  bytes: Buffer
  /** A form (`application/x-www-form-urlencoded`), as Python's requests sends what it is not told to send as JSON. */
  isForm: boolean
}

/** Turns every touch of a canary into an event, whichever way it is reported. */
export interface CanaryIntake {
  /**
   * A signed webhook.
   * @throws {UnauthorizedError} when the signature or the time is not right, or no secret is configured.
   * @throws {ConflictError} when this very message was received before, by any replica.
   * @throws {TooManyRequestsError} beyond the limit; its sender can send it again.
   */
  webhook(message: SignedMessage, ids: RequestIds): Promise<IngestOne>
  /** The webhook of another canary system, on a token's own path. */
  hook(token: RecognisedToken, body: HookBody, ids: RequestIds): Promise<CanaryHookAnswer['status']>
  /**
   * A visit to one of our own tokens; beyond the limits it is counted and not stored.
   * @throws {StorageFullError} while nothing can be stored.
   */
  hit(token: RecognisedToken, visit: Visit, ids: RequestIds): Promise<'stored' | 'counted'>
}

export interface CanaryIntakeOptions extends CanarySubmissionOptions {
  now: () => number
  newId: () => string
  /** @returns whether the visit is within the limits. */
  isWithinLimits: (visit: LimitedVisit) => Promise<boolean>
  unstored: Pick<UnstoredVisits, 'add'>
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  limits: ReadLimits
  /** Unset: no signed webhook is accepted. */
  secret: string | undefined
  toleranceSeconds: number
}

/** What signed messages are limited by; no token has such an id. */
const SIGNED = 'signed'
const RETRY_SECONDS = 60
const MAX_NAME = 100

/** Checks what reports a touch, and stores it. */
export function createCanaryIntake(options: CanaryIntakeOptions): CanaryIntake {
  const { now, newId, limits, secret, toleranceSeconds, isWithinLimits, unstored } = options
  const submit = (record: ReadRecord, submission: CanarySubmission) =>
    submitCanaryRecord(options, record, submission)

  return {
    async webhook(message, ids) {
      verifySignature(message, secret)
      const record = verifyTime(onlyRecord(message.body, limits), message.timestamp, {
        now: now(),
        toleranceSeconds,
      })
      if (!(await isWithinLimits({ token: SIGNED, canary: canaryOf(record), address: null }))) {
        unstored.add(null)
        throw new TooManyRequestsError(
          'too many signed messages in this minute; send it again',
          RETRY_SECONDS,
        )
      }
      const outcome = await submit(record, {
        ...ids,
        canary: '',
        default_sensor_id: 'canary-webhook',
        // The signature identifies the bytes: what was stored under it once, before a restart or by another replica, is a replay.
        idempotency_key: `canary-webhook ${message.signature?.toLowerCase()}`,
      })
      if (outcome.status === 'quarantined') throw new QuarantinedError(outcome)
      if (outcome.status === 'duplicate')
        throw new ConflictError('this message was already received; do not send it again')
      const { event, threat_score, threat_level } = outcome
      return { session_id: event.session_id, threat_score, threat_level, status: 'processed' }
    },
    async hook(token, body, ids) {
      const record = onlyRecord(body.isForm ? messageOfForm(body.bytes) : body.bytes, limits)
      const json = 'json' in record ? asObject(record.json) : null
      if (json && looksLikeOpenCanary(json) && isServiceMessage(json)) return 'ignored'
      if (json && isTestCall(json)) return 'ignored'
      if (!(await isWithinLimits({ token: token.id, canary: canaryOf(record), address: null }))) {
        unstored.add(token.id)
        return 'counted'
      }
      const { status } = await submit(record, { ...ids, canary: token.name, key_sensor_id: token.sensor_id })
      return status === 'quarantined' ? 'quarantined' : 'processed'
    },
    async hit(token, visit, ids) {
      const address = clientBlockOf(visit.source_ip)
      if (!(await isWithinLimits({ token: token.id, canary: '', address }))) {
        unstored.add(token.id)
        return 'counted'
      }
      const problem = options.storageProblem()
      if (problem !== null) throw new StorageFullError(problem)
      await submit(visitRecord(token.kind, visit, { id: newId(), now: now() }), {
        ...ids,
        canary: token.name,
        key_sensor_id: token.sensor_id,
      })
      return 'stored'
    },
  }
}

/** Which canary a report is of, in the words of who reports it. */
function canaryOf(record: ReadRecord): string {
  const json = 'json' in record ? asObject(record.json) : null
  const name = json ? firstField(json, ['token', 'token_id', 'memo']) : undefined
  return typeof name === 'string' ? name.slice(0, MAX_NAME) : ''
}

/** Where a form has its record: OpenCanary in `message`, senders for Slack in `payload`. Without either the body stays what it is. */
function messageOfForm(bytes: Buffer): Buffer {
  const form = new URLSearchParams(bytes.toString('utf8'))
  const record = form.get('message') ?? form.get('payload')
  return record === null ? bytes : Buffer.from(record)
}

function onlyRecord(body: Buffer, limits: ReadLimits): ReadRecord {
  const { records } = readRecords(body, false, { ...limits, maxRecords: 1 })
  const [record] = records
  if (!record) throw new BadRequestError('the body is an empty list; send one record')
  return record
}
