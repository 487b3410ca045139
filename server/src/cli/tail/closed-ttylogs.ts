import { RecordingName } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { cowrieEvents } from './cowrie-events.js'

/** A ttylog that Cowrie closed, by the event that says so. */
export const ClosedTtylog = z.object({
  /** Name of its file, without a directory. */
  file: RecordingName,
  session: z.string().min(1).max(256),
  sensor: z.string().max(256).optional(),
  source_ip: z.string().max(64).optional(),
  width: z.number().optional(),
  height: z.number().optional(),
})
export type ClosedTtylog = z.infer<typeof ClosedTtylog>

/** Finds in lines of Cowrie's log which ttylogs were closed. */
export interface ClosedTtylogFinder {
  /** @param lines NDJSON. */
  find(lines: Buffer): ClosedTtylog[]
}

const CLOSED = 'cowrie.log.closed'
const SIZE = 'cowrie.client.size'
/** Sessions whose size of the terminal is remembered until their ttylog is closed. */
const MAX_SIZES = 1_000

const SizeEvent = z.object({
  eventid: z.literal(SIZE),
  session: z.string(),
  width: z.int().min(1).max(1000),
  height: z.int().min(1).max(1000),
})
const ClosedEvent = z.object({
  eventid: z.literal(CLOSED),
  session: z.string(),
  ttylog: z.string(),
  sensor: z.string().optional(),
  src_ip: z.string().optional(),
})

/** @param sensor of events that name none. */
export function createClosedTtylogFinder(sensor: string | undefined): ClosedTtylogFinder {
  const sizes = new LRUCache<string, { width: number; height: number }>({ max: MAX_SIZES })

  function read(event: unknown): ClosedTtylog | null {
    const size = SizeEvent.safeParse(event).data
    if (size) sizes.set(size.session, { width: size.width, height: size.height })
    const closed = ClosedEvent.safeParse(event).data
    if (!closed) return null
    const { session, ttylog, src_ip } = closed
    const found = ClosedTtylog.safeParse({
      file: ttylog.split(/[/\\]/).at(-1),
      session,
      sensor: closed.sensor ?? sensor,
      source_ip: src_ip,
      ...sizes.get(session),
    })
    return found.data ?? null
  }

  return { find: (lines) => cowrieEvents(lines, [CLOSED, SIZE]).flatMap((event) => read(event) ?? []) }
}
