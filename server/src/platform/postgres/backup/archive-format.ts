import { z } from 'zod'

/** The backup cannot be made or read; the message says why. */
export class BackupError extends Error {
  override name = 'BackupError'
}

/** Called after every piece of a table. */
export type BackupProgress = (table: string, bytes: number) => void

/** A tar entry states its size first; a table is written in pieces of at least this size. */
export const PIECE_BYTES = 4 * 1024 * 1024
/** No writer makes a larger member: a piece ends with the chunk of the connection that fills it. */
export const MAX_MEMBER_BYTES = 64 * 1024 * 1024

/** The first member: what the archive holds. */
export const MANIFEST = 'manifest.json'
/** The last member since format 2: rows and SHA-256 of every other one. */
export const CONTENTS = 'contents.json'

const format1 = {
  created_at: z.string().refine((text) => Number.isFinite(Date.parse(text))),
  migrations: z.array(z.string()),
  event_days: z.array(z.string().regex(/^\d{4}-\d{2}-\d{2}$/)),
  /** Columns of each table. */
  tables: z.record(z.string(), z.array(z.string()).min(1)),
}

export const Manifest = z.discriminatedUnion('format', [
  z.object({ format: z.literal(1), ...format1 }),
  z.object({
    format: z.literal(2),
    ...format1,
    /** The last value of each sequence that has given one; as text, because it may exceed 2^53. */
    sequences: z.record(z.string(), z.string().regex(/^-?\d+$/)),
  }),
])
export type Manifest = z.infer<typeof Manifest>

const Member = z.object({ rows: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
export type Member = z.infer<typeof Member>
export const Contents = z.object({ members: z.record(z.string(), Member) })
export type Contents = z.infer<typeof Contents>

/** @param number of the piece, from 1. */
export function memberOf(table: string, number: number): string {
  return `${table}/${String(number).padStart(6, '0')}.copy`
}
