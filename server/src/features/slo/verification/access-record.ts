import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'

/** A line of the access log (ACCESS_LOG=file), as this verification reads it. */
const Line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), timestamp: z.string() }),
  z.object({ type: z.literal('stopped'), timestamp: z.string() }),
  z.object({ type: z.literal('lost'), timestamp: z.string(), lines: z.number() }),
  z.object({
    type: z.literal('request'),
    timestamp: z.string(),
    method: z.string(),
    route: z.string(),
    status: z.number(),
    duration_ms: z.number(),
    key_prefix: z.string().nullable(),
    population: z.string().nullable(),
    overloaded: z.boolean(),
    answered_by_llm: z.boolean().nullable(),
  }),
  z.object({
    type: z.literal('acknowledgement'),
    timestamp: z.string(),
    duration_ms: z.number(),
    mode: z.string(),
    acknowledged: z.boolean(),
  }),
  z.object({ type: z.literal('probe'), timestamp: z.string(), available: z.boolean() }),
])

/** @param at milliseconds since the epoch. */
export type AccessRecord = Exclude<z.infer<typeof Line>, { type: 'started' | 'stopped' | 'lost' }> & {
  at: number
}
export type RequestRecord = Extract<AccessRecord, { type: 'request' }>

export interface AccessLogContent {
  records: AccessRecord[]
  /** When the first line was written, milliseconds since the epoch. */
  from: number
  /** The file begins with the start of a process, so that nothing of it is missing before. */
  beginsWithStart: boolean
  /** The file ends with an orderly stop: everything that was counted is written. */
  endsWithStop: boolean
  /** The time before each end of a process that was no orderly one: what it counted then may never have been written. */
  unknown: Array<{ from: number; to: number }>
  /** Lines that are none of ours, such as one that a crash cut off. */
  unreadable: number
  /** Lines that the process could not write, by its own count: the figures of the platform are the greater ones then. */
  lost: number
}

/** A process writes its counts every five seconds (docs/slos.md): so much is lost when it is killed. */
export const UNWRITTEN_MS = 5_000

/** Lines that are held at once, some 500 bytes each; the rotated files of an installation may hold a few million. */
export const MAX_RECORDS = 3_000_000

/**
 * What one process after another wrote into a file.
 * @param paths the file, after its older rotated ones, oldest first.
 * @throws {Error} when a file cannot be read, none has a line, or they have more than `maxRecords`.
 */
export async function readAccessLog(
  paths: readonly string[],
  maxRecords = MAX_RECORDS,
): Promise<AccessLogContent> {
  const content: AccessLogContent = {
    records: [],
    from: 0,
    beginsWithStart: false,
    endsWithStop: false,
    unknown: [],
    unreadable: 0,
    lost: 0,
  }
  let previous: { type: string; at: number } | null = null
  for await (const text of linesOf(paths)) {
    const line = parse(text)
    if (!line) {
      content.unreadable += 1
      continue
    }
    const at = Date.parse(line.timestamp)
    if (!previous) {
      content.from = at
      content.beginsWithStart = line.type === 'started'
    } else if (line.type === 'started' && previous.type !== 'stopped') {
      content.unknown.push({ from: previous.at - UNWRITTEN_MS, to: at })
    }
    if (line.type === 'lost') content.lost += line.lines
    else if (line.type !== 'started' && line.type !== 'stopped') content.records.push({ ...line, at })
    if (content.records.length > maxRecords)
      throw new Error(`more than ${maxRecords} lines; verify sooner after the start, or with less traffic`)
    previous = { type: line.type, at }
  }
  if (!previous) throw new Error('there is no line of an access log')
  content.endsWithStop = previous.type === 'stopped'
  return content
}

async function* linesOf(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths)
    yield* createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
}

function parse(text: string): z.infer<typeof Line> | null {
  try {
    return Line.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
