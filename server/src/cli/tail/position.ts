import { createHash } from 'node:crypto'
import { z } from 'zod'

/** How far a file was read, and by what it is recognized: device and inode are reused and change, what was read does not. */
export const Position = z.object({
  path: z.string(),
  dev: z.number(),
  ino: z.number(),
  /** Bytes, decompressed. */
  offset: z.number().int().nonnegative(),
  /** Whether `offset` is in the middle of a line that was too long. */
  midLine: z.boolean(),
  /** Of the ends of what was read, as {@link fingerprintOf} has it. */
  fingerprint: z.string(),
  /** Size of a compressed file that was read to its end. */
  finishedGzipBytes: z.number().int().optional(),
})
export type Position = z.infer<typeof Position>

/** The two ends of what was read of a file: its first and its last bytes, at most {@link END_BYTES} each. */
export interface Ends {
  head: Buffer
  tail: Buffer
}

export const END_BYTES = 1024
export const NO_ENDS: Ends = { head: Buffer.alloc(0), tail: Buffer.alloc(0) }

/** The ends after `more` was read, too. */
export function endsWith({ head, tail }: Ends, more: Buffer): Ends {
  return {
    head: head.length < END_BYTES ? Buffer.concat([head, more.subarray(0, END_BYTES - head.length)]) : head,
    tail: Buffer.concat([
      more.length < END_BYTES
        ? tail.subarray(Math.max(0, tail.length + more.length - END_BYTES))
        : NO_ENDS.tail,
      more.subarray(-END_BYTES),
    ]),
  }
}

/** A digest, so that no text of a log is in the checkpoint. Up to 2 KiB it covers all that was read. */
export function fingerprintOf({ head, tail }: Ends): string {
  return createHash('sha256').update(head).update('\n').update(tail).digest('hex')
}
