import { z } from 'zod'
import { Timestamp } from './event.js'
import { pageQuery } from './page.js'
import { RecordingOwnerQuery } from './recording.js'

/** SHA-256 in lower-case hexadecimal. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
  .meta({ examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] })

/** Why a file outlives the retention and cannot be deleted. */
export const LegalHold = z.object({
  reason: z.string(),
  set_by: z.string(),
  since: Timestamp,
})
export type LegalHold = z.infer<typeof LegalHold>

/** A file that an attacker brought, as the platform holds it. */
export const EvidenceFile = z.object({
  sha256: Sha256,
  bytes: z.number().int(),
  type: z.string().meta({
    description: 'Media type by its first bytes, never by its name',
    examples: ['application/x-elf'],
  }),
  first_received_at: Timestamp,
  last_received_at: Timestamp,
  sightings: z.number().int().meta({
    description:
      'Sessions and names with which it was sent; events that name its hash are listed and not counted',
  }),
  legal_hold: LegalHold.nullable(),
})
export type EvidenceFile = z.infer<typeof EvidenceFile>

/** Where a file was seen. */
export const EvidenceSighting = z.object({
  source: z.enum(['sent', 'event']).meta({
    description:
      'sent: the sensor sent the file; event: an event names its hash, and its bytes may have come once',
  }),
  event_id: z.uuid().nullable().meta({ description: 'The event; null for a file that was sent' }),
  sensor_id: z.string(),
  session_key: z.string().meta({
    description: "The sensor's own key of the session; empty: the file was sent without one, or an event",
  }),
  session_id: z.uuid().nullable().meta({
    description: 'null: the file came without the address of the attacker, or before its session',
  }),
  name: z.string().meta({ description: 'As the attacker or the sensor calls it; of an event its URL' }),
  received_at: Timestamp,
})
export type EvidenceSighting = z.infer<typeof EvidenceSighting>

/** Which files are listed. */
export const EvidenceQuery = z.object({
  limit: pageQuery.limit,
  cursor: pageQuery.cursor,
  type: z.string().max(200).optional(),
  sensor_id: z.string().max(200).optional(),
  session_id: z.uuid().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .optional()
    .meta({ description: 'It, or its beginning' }),
  held: z.stringbool().optional().meta({ description: 'Only those with, or without, a legal hold' }),
})
export type EvidenceQuery = z.infer<typeof EvidenceQuery>

/** The list of where a file was seen. */
export const SightingQuery = z.object({ limit: pageQuery.limit, cursor: pageQuery.cursor })

/** What is sent with a file. */
export const EvidenceOwnerQuery = RecordingOwnerQuery.extend({
  session: RecordingOwnerQuery.shape.session
    .or(z.literal(''))
    .default('')
    .meta({ description: "The sensor's own key of the session; left out: it is not known" }),
  name: z
    .string()
    .max(512)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without U+0000')
    .default(''),
})

/** What became of a file that was sent. */
export const StoredEvidence = z.object({
  sha256: Sha256,
  bytes: z.number().int(),
  type: z.string(),
  session_id: z.uuid().nullable(),
  status: z.enum(['stored', 'duplicate']),
})
export type StoredEvidence = z.infer<typeof StoredEvidence>

/** Why a legal hold is set. */
export const NewLegalHold = z.object({ reason: z.string().trim().min(3).max(500) })
