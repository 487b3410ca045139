import { z } from 'zod'
import { Timestamp } from './event.js'
import { pageQuery } from './page.js'
import { sensorIdProblem } from './sensor-id.js'

/** How a recording was sent. */
export const RecordingFormat = z.enum(['asciicast-v2', 'cowrie-ttylog'])
export type RecordingFormat = z.infer<typeof RecordingFormat>

/** Bytes of one chunk of a recording as it is sent. */
export const MAX_RECORDING_CHUNK_BYTES = 256 * 1024

/** Chunks of one recording. */
export const MAX_RECORDING_CHUNKS = 16_384

/** A recorded terminal of a session: what it showed and what was typed, with times. */
export const Recording = z.object({
  id: z.uuid(),
  name: z.string().meta({ description: 'As its sensor calls it' }),
  sensor_id: z.string(),
  session_id: z.uuid().nullable().meta({
    description: 'null: no session of this sensor with the key that it was sent with is known yet',
  }),
  format: RecordingFormat,
  created_at: Timestamp.meta({ description: 'When its first chunk was received' }),
  last_received_at: Timestamp,
  is_complete: z.boolean().meta({ description: 'false: the session is still running, or its end was lost' }),
  chunks: z.number().int().meta({ description: 'That were received; they may have gaps between them' }),
  bytes: z.number().int().meta({ description: 'Of all chunks as asciicast v2' }),
  width: z.number().int().nullable().meta({ description: 'Columns; null while the first chunk is missing' }),
  height: z.number().int().nullable().meta({ description: 'Rows; null while the first chunk is missing' }),
  sha256: z
    .string()
    .nullable()
    .meta({ description: 'Of the bytes of one that was sent whole, in hexadecimal; null for one in chunks' }),
  duration_seconds: z.number().meta({ description: 'Time of its last event' }),
})
export type Recording = z.infer<typeof Recording>

/** The list of the recordings of a session. */
export const RecordingQuery = z.object({ limit: pageQuery.limit, cursor: pageQuery.cursor })

/**
 * An event of asciicast v2: seconds since the start; `o` output, `i` input, `r` resize (`80x24`), `m` marker; the data. What attackers
 * wrote is in it byte for byte.
 */
export const RecordingFrame = z.tuple([z.number(), z.enum(['o', 'i', 'r', 'm']), z.string()])
export type RecordingFrame = z.infer<typeof RecordingFrame>

/** Where the frames of a recording are read from. */
export const RecordingFramesQuery = z.object({
  after: z.coerce.number().int().min(-1).max(MAX_RECORDING_CHUNKS).default(-1).meta({
    description: '`next_after` of the answer before; -1: from the beginning',
  }),
})

/** The frames of some chunks of a recording. */
export const RecordingFrames = z.object({
  recording: Recording,
  started_at: Timestamp.nullable().meta({
    description:
      'When it began, by the clock of its sensor, to the second; null in answers without the first chunk, and where the recording does not say',
  }),
  frames: z.array(RecordingFrame),
  next_after: z.number().int().meta({ description: 'Number of the last chunk that is in it' }),
  has_more: z.boolean().meta({ description: 'Further chunks are there already' }),
  missing_chunks: z.number().int().meta({
    description: 'Chunks that were not received before the last one that is in it',
  }),
})
export type RecordingFrames = z.infer<typeof RecordingFrames>

/** A name that a sensor gives to a recording. */
export const RecordingName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'must be 1 to 128 letters, digits, dots, hyphens or underscores',
  )

/** To which session of which sensor a recording belongs. */
export const RecordingOwnerQuery = z.object({
  session: z
    .string()
    .min(1)
    .max(256)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without U+0000')
    .meta({ description: "The sensor's own key of the session" }),
  sensor: z
    .string()
    .refine((id) => sensorIdProblem(id) === null, 'must be the id of a sensor')
    .optional()
    .meta({ description: 'Left out: the sensor that the key is bound to' }),
  source_ip: z.union([z.ipv4(), z.ipv6()]).optional().meta({
    description: 'The address of the attacker; ties the recording to its session before anybody reads it',
  }),
})

/** What is sent with a whole recording. A ttylog has no size of its terminal. */
export const WholeRecordingQuery = RecordingOwnerQuery.extend({
  width: z.coerce.number().int().min(1).max(1000).default(80),
  height: z.coerce.number().int().min(1).max(1000).default(24),
})

/** What is sent with a chunk. */
export const RecordingChunkQuery = RecordingOwnerQuery.extend({
  final: z.stringbool().default(false).meta({ description: 'The recording ends with this chunk' }),
})

/** What became of a recording or chunk that was sent. */
export const StoredRecording = z.object({
  id: z.uuid(),
  session_id: z.uuid().nullable(),
  status: z.enum(['stored', 'duplicate']),
})
export type StoredRecording = z.infer<typeof StoredRecording>
