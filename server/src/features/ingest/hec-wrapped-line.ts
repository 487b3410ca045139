/** The line of a log within the event that a shipper made of it. */
export interface WrappedLine {
  /** The name of the member that holds it. */
  member: string
  /** A JSON object, or text. */
  value: object | string
}

/** What shippers put beside a line. An event with anything else is no wrapped line: it may be an event by itself. */
const WRAPPINGS: ReadonlyArray<{ member: string; beside: ReadonlySet<string>; needsOne: boolean }> = [
  // Docker's log driver (inline and json); the source is `stdout` or `stderr`.
  { member: 'line', beside: new Set(['source', 'tag', 'attrs']), needsOne: true },
  // Fluent Bit, whose tail input without a parser gives `log`; the others are of its filters and of container runtimes.
  {
    member: 'log',
    beside: new Set([
      'stream',
      'time',
      'date',
      'logtag',
      '_p',
      'file',
      'filename',
      'kubernetes',
      'container_id',
    ]),
    needsOne: false,
  },
  // Vector, Logstash and splunk-logging. `message` alone is how OpenCanary wraps its own events, which its adapter reads.
  {
    member: 'message',
    beside: new Set([
      'severity',
      'source_type',
      'file',
      'offset',
      'host',
      'timestamp',
      '@timestamp',
      '@version',
      'event',
      'log',
      'path',
      'tags',
      'type',
      'fields',
    ]),
    needsOne: true,
  },
]

/**
 * The line that an event wraps, when it is nothing but a line with what its shipper says of it. Such an event names no source address, so it
 * would be none.
 */
export function wrappedIn(event: unknown): WrappedLine | null {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return null
  const names = Object.keys(event)
  for (const { member, beside, needsOne } of WRAPPINGS) {
    const value = (event as Record<string, unknown>)[member]
    const isLine =
      typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value))
    if (!isLine || (needsOne && names.length === 1)) continue
    if (names.every((name) => name === member || beside.has(name))) return { member, value }
  }
  return null
}
