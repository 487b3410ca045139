import { timestampOf } from '../../domain/timestamp.js'
import type { ReadRecord } from '../ingest/index.js'
import type { RecognisedToken } from './tokens.js'

/** What a visitor of a token shows of itself. */
export interface Visit {
  protocol: 'http' | 'dns'
  /** Of a lookup in the DNS, the resolver that asked. */
  source_ip: string
  source_port: number | undefined
  method: string
  /** Behind the token; of a lookup, the labels before it. */
  path: string
  user_agent: string | undefined
  referer: string | undefined
  accept_language: string | undefined
  username: string | undefined
  password: string | undefined
  /** What else is worth reading. */
  detail: string | undefined
}

/**
 * The record of a visit to one of our own tokens.
 * @param now milliseconds since the epoch.
 */
export function visitRecord(
  kind: RecognisedToken['kind'],
  { detail, ...visit }: Visit,
  { id, now }: { id: string; now: number },
): ReadRecord {
  const json = {
    id,
    time: timestampOf(now),
    event_type: 'canary',
    sensor_kind: 'canarytoken',
    action: `canary.${kind}`,
    ...visit,
    message: [`${visit.method} ${visit.path}`, visit.referer && `referer ${visit.referer}`, detail]
      .filter(Boolean)
      .join(', '),
  }
  return { json, raw: JSON.stringify(json) }
}
