import { parseTimestamp } from '../../domain/timestamp.js'
import { asObject, type Envelope, firstField } from '../sensors/index.js'
import { memberSpan, OPEN_BRACE } from './json-bytes.js'
import { type ReadLimits, readRecord, type WholeRecord } from './read-records.js'

/** Members in which collectors put the line that they read: Docker and Splunk's log driver, Fluent Bit, Filebeat, Vector. */
export const CONTAINERS = ['line', 'log', 'message', 'event'] as const
export type Container = (typeof CONTAINERS)[number]

/** Times of the line as its collector writes them. */
const TIMES = ['time', 'timestamp', '@timestamp']

/** An inner record is no longer than its outer one, whose own size and depth are within the limits of the server. */
const MAX_DEPTH = 64

/** What a container of a record holds: a record of its own with its exact text, or what else. */
export interface Contained {
  name: Container
  /** Null where the container holds no record. */
  record: WholeRecord | null
}

/**
 * The record within a record, in the first container that has one; else the first container that there is; null without any. Where the inner record
 * is silent about time and sensor, the envelope or the outer record speaks.
 */
export function containedIn({ json, raw, envelope }: WholeRecord): Contained | null {
  const outer = asObject(json)
  if (!outer) return null
  let first: Container | null = null
  for (const name of CONTAINERS) {
    const value = Object.hasOwn(outer, name) ? outer[name] : undefined
    if (value === undefined || value === null) continue
    first ??= name
    const inner = typeof value === 'string' ? ofText(value) : asObject(value) && ofMember(value, raw, name)
    if (inner) return { name, record: { ...inner, envelope: envelopeOf(outer, envelope) } }
  }
  return first === null ? null : { name: first, record: null }
}

function ofText(text: string): WholeRecord | null {
  const bytes = Buffer.from(text.trim())
  if (bytes[0] !== OPEN_BRACE) return null
  const limits: ReadLimits = { maxRecords: 1, maxDepth: MAX_DEPTH, maxRecordBytes: bytes.length }
  const record = readRecord(bytes, limits)
  return 'raw' in record ? record : null
}

function ofMember(json: unknown, raw: string, name: Container): WholeRecord {
  const bytes = Buffer.from(raw)
  const [from, to] = memberSpan(bytes, 0, name) ?? [0, 0]
  return { json, raw: bytes.toString('utf8', from, to) }
}

function envelopeOf(outer: object, envelope: Envelope = {}): Envelope {
  const time = envelope.time ?? firstField(outer as Parameters<typeof firstField>[0], TIMES)
  return { ...envelope, ...(parseTimestamp(time) !== null && { time }) }
}
