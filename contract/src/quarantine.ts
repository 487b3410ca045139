import { z } from 'zod'
import { Timestamp } from './event.js'
import { RejectionReason } from './ingest.js'
import { pageQuery } from './page.js'

/** A record that could not be normalized, kept until it can be or its retention ends. */
export const QuarantinedRecord = z.object({
  id: z.uuid(),
  received_at: Timestamp,
  sensor_id: z.string().nullable(),
  reason: RejectionReason,
  detail: z.string(),
  times_seen: z.number().int(),
  size_bytes: z.number().int(),
  excerpt: z
    .string()
    .meta({ description: 'The first 2,000 bytes as text; bytes that are no UTF-8 show as U+FFFD' }),
  encoding: z.enum(['utf-8', 'binary']),
})
export type QuarantinedRecord = z.infer<typeof QuarantinedRecord>

export const QuarantineQuery = z.object({ ...pageQuery, reason: RejectionReason.optional() })
export type QuarantineQuery = z.infer<typeof QuarantineQuery>

/** What to try again: these records, or everything (of one reason). */
export const QuarantineReplay = z.object({
  ids: z.array(z.uuid()).min(1).max(1000).optional(),
  reason: RejectionReason.optional(),
})
export type QuarantineReplay = z.infer<typeof QuarantineReplay>

export const QuarantineReplayResult = z.object({
  replayed: z.number().int().meta({ description: 'Now events, and gone from the quarantine' }),
  still_quarantined: z.number().int(),
})
export type QuarantineReplayResult = z.infer<typeof QuarantineReplayResult>
