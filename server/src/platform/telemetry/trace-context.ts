import { randomFillSync } from 'node:crypto'

/** W3C Trace Context, https://www.w3.org/TR/trace-context/: who asked, and who we are in that trace. */
export interface TraceContext {
  trace_id: string
  span_id: string
  /** The caller's span; null where there is none. */
  parent_id: string | null
  /** What we answer and would pass on. */
  traceparent: string
}

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/

/** Joins the caller's trace with a span of our own, or starts a trace where there is none or a malformed one. */
export function joinTrace(traceparent: string | undefined): TraceContext {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent)
  const trace_id = match?.[1] ?? randomHex(16)
  const span_id = randomHex(8)
  return {
    trace_id,
    span_id,
    parent_id: match?.[2] ?? null,
    traceparent: `00-${trace_id}-${span_id}-${match?.[3] ?? '00'}`,
  }
}

/** What a `traceparent` that we wrote ourselves names; null for an empty one. */
export function spanOf(traceparent: string): { trace_id: string; span_id: string } | null {
  const [, trace_id, span_id] = traceparent.split('-')
  return trace_id === undefined || span_id === undefined ? null : { trace_id, span_id }
}

/** The trace of a `traceparent` that we wrote ourselves, as a log line names it. */
export function traceOf(traceparent: string): { trace_id?: string } {
  const trace_id = traceparent.split('-')[1]
  return trace_id === undefined ? {} : { trace_id }
}

/** Random bytes are drawn many at a time: every request needs some, and each call into the system costs more than they do. */
const pool = Buffer.allocUnsafe(4096)
let drawn = pool.length

/** Lowercase hexadecimal digits, two a byte. */
export function randomHex(bytes: number): string {
  if (drawn + bytes > pool.length) {
    randomFillSync(pool)
    drawn = 0
  }
  drawn += bytes
  return pool.toString('hex', drawn - bytes, drawn)
}
