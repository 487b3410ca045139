import { millisecondsOf, parseTimestamp, timestampOf } from '../../domain/timestamp.js'
import { UnauthorizedError } from '../../platform/errors.js'
import type { ReadRecord } from '../ingest/index.js'
import { asObject, firstField } from '../sensors/index.js'
import { isSignedBy } from './signature.js'

/** A webhook as it was received. */
export interface SignedMessage {
  body: Buffer
  signature: string | undefined
  /** `X-Canary-Timestamp`, for senders whose body has no time. */
  timestamp: string | undefined
}

const TIME_FIELDS = ['timestamp', 'time', 'triggered_at', 'occurred_at', '@timestamp']

/**
 * Checks whose message this is.
 * @throws {UnauthorizedError} when the signature is not right, or no secret is configured.
 */
export function verifySignature({ body, signature }: SignedMessage, secret: string | undefined): void {
  if (secret === undefined) {
    throw new UnauthorizedError('signed canary webhooks are off: set CANARY_WEBHOOK_SECRET')
  }
  if (!isSignedBy(secret, body, signature)) {
    throw new UnauthorizedError(
      'X-Canary-Signature is not `sha256=` and the HMAC-SHA256 of this body in hexadecimal',
    )
  }
}

/**
 * Checks how old a message is; its record comes back with a time.
 * @param timestamp `X-Canary-Timestamp`; the time in the signed body counts before it.
 * @param now milliseconds since the epoch.
 * @throws {UnauthorizedError} when no time is within the tolerance.
 */
export function verifyTime(
  record: ReadRecord,
  timestamp: SignedMessage['timestamp'],
  { now, toleranceSeconds }: { now: number; toleranceSeconds: number },
): ReadRecord {
  const claimed = timeOf(record, timestamp)
  if (claimed === null || Math.abs(now - claimed) > toleranceSeconds * 1000) {
    throw new UnauthorizedError(
      `the message needs a \`timestamp\` within ${toleranceSeconds} s of this server's clock (CANARY_WEBHOOK_TOLERANCE_SECONDS)`,
    )
  }
  return withTime(record, claimed)
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
