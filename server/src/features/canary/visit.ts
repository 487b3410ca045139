import { z } from 'zod'
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
  /** For whom a resolver asks, if it says so. */
  client_subnet: string | undefined
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

/** What the record of a visit says of it beside the columns of its event. Records of earlier releases have no subnet. */
const RecordedVisit = z.object({
  action: z.templateLiteral(['canary.', z.string()]),
  protocol: z.enum(['http', 'dns']),
  method: z.string(),
  path: z.string(),
  referer: z.string().nullable().default(null),
  accept_language: z.string().nullable().default(null),
  client_subnet: z.string().nullable().default(null),
})
export type RecordedVisit = z.infer<typeof RecordedVisit>

/** A visit has at most five texts of `MAX_SHOWN_CHARACTERS`, each character as six at most. */
const MAX_RECORD_CHARACTERS = 100_000

/** The visit in a record of {@link visitRecord}; null: it is the record of something else. */
export function visitIn(raw: string): RecordedVisit | null {
  if (raw.length > MAX_RECORD_CHARACTERS) return null
  try {
    return RecordedVisit.safeParse(JSON.parse(raw)).data ?? null
  } catch {
    return null
  }
}
