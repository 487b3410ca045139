import { z } from 'zod'
import { Moment, Timestamp } from './event.js'
import { RejectionReason } from './ingest.js'
import { pageQuery } from './page.js'
import { MAX_SENSOR_ID } from './sensor-id.js'

/** Whose share of the quarantine a record counts against. */
export const QuarantineOwner = z.union([z.uuid(), z.enum(['none', 'unknown'])]).meta({
  description: 'The id of an API key; `none`: it came without a key; `unknown`: an earlier release stored it',
})
export type QuarantineOwner = z.infer<typeof QuarantineOwner>

/** A record that could not be normalized, kept until it can be, its retention ends, or its key is over its share. */
export const QuarantinedRecord = z.object({
  id: z.uuid(),
  received_at: Timestamp,
  sensor_id: z.string().nullable(),
  key_id: QuarantineOwner,
  reason: RejectionReason,
  detail: z.string(),
  times_seen: z.number().int(),
  size_bytes: z.number().int().meta({ description: 'Of the record as it came' }),
  sha256: z
    .string()
    .nullable()
    .meta({ description: 'Of the record as it came; null where an earlier release stored it' }),
  replayable: z.boolean().meta({
    description:
      'false: the record is larger than INGEST_MAX_RECORD_BYTES, or its first and last 4 KiB alone are kept',
  }),
  excerpt: z
    .string()
    .meta({ description: 'The first 2,000 bytes as text; bytes that are no UTF-8 show as U+FFFD' }),
  tail: z
    .string()
    .nullable()
    .meta({ description: 'The last 2,000 bytes of a record of which only its two ends are kept' }),
  encoding: z.enum(['utf-8', 'binary']),
})
export type QuarantinedRecord = z.infer<typeof QuarantinedRecord>

/** Which records; every field that is there must match. */
const filter = {
  reason: RejectionReason.optional(),
  sensor_id: z.string().max(MAX_SENSOR_ID).optional(),
  key_id: QuarantineOwner.optional(),
  from: Moment.optional().meta({ description: 'Received at or after' }),
  to: Moment.optional().meta({ description: 'Received before' }),
}
export const QuarantineFilter = z.object(filter)
export type QuarantineFilter = z.infer<typeof QuarantineFilter>

export const QuarantineQuery = z.object({ ...pageQuery, ...filter })
export type QuarantineQuery = z.infer<typeof QuarantineQuery>

/** What a deletion or a replay of the same filter would find. */
export const QuarantinePreview = z.object({
  records: z.number().int(),
  bytes: z.number().int().meta({ description: 'As they count against shares; see /quarantine/usage' }),
  replayable: z.number().int(),
  as_of: Timestamp.meta({ description: 'Give it as `to`, and what is received later is left alone' }),
})
export type QuarantinePreview = z.infer<typeof QuarantinePreview>

export const QuarantineDeletion = z.object({
  ...filter,
  all: z.stringbool().default(false).meta({ description: 'Must be true where nothing else is given' }),
})
export type QuarantineDeletion = z.infer<typeof QuarantineDeletion>

export const QuarantineDeletionResult = z.object({
  deleted: z.number().int(),
  bytes: z.number().int(),
  more: z.boolean().meta({ description: 'One call deletes at most 10,000 records: call again' }),
})
export type QuarantineDeletionResult = z.infer<typeof QuarantineDeletionResult>

/** What to try again: these records, or what matches the filter. */
export const QuarantineReplay = z.object({
  ids: z.array(z.uuid()).min(1).max(1000).optional(),
  ...filter,
  cursor: z.string().max(400).optional().meta({ description: '`next_cursor` of the call before' }),
})
export type QuarantineReplay = z.infer<typeof QuarantineReplay>

export const QuarantineReplayResult = z.object({
  replayed: z.number().int().meta({ description: 'Now events, and gone from the quarantine' }),
  still_quarantined: z.number().int(),
  not_replayable: z
    .number()
    .int()
    .meta({ description: 'Of those: larger than a record may be, or kept as an excerpt; not tried' }),
  next_cursor: z
    .string()
    .nullable()
    .meta({ description: 'One call tries at most 1,000 records and 8 MiB: call again until it is null' }),
})
export type QuarantineReplayResult = z.infer<typeof QuarantineReplayResult>

const held = {
  records: z.number().int(),
  bytes: z.number().int(),
  evicted_records: z
    .number()
    .int()
    .meta({ description: 'Removed since the first, because the share was used up' }),
  evicted_bytes: z.number().int(),
  last_evicted_at: Timestamp.nullable(),
}

/** Usage of the quarantine, in total and by key. A record counts with its bytes, its detail and 256 bytes for its row. */
export const QuarantineUsage = z.object({
  max_bytes: z.number().int().meta({ description: 'QUARANTINE_MAX_BYTES' }),
  max_bytes_per_key: z.number().int().meta({ description: 'QUARANTINE_MAX_BYTES_PER_KEY' }),
  ...held,
  keys: z
    .array(
      z.object({
        key_id: QuarantineOwner,
        key_name: z.string().nullable(),
        key_prefix: z.string().nullable(),
        ...held,
      }),
    )
    .meta({ description: 'The hundred that hold most' }),
})
export type QuarantineUsage = z.infer<typeof QuarantineUsage>
