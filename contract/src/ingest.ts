import { z } from 'zod'
import { ThreatLevel } from './vocabulary.js'

/** Why a record could not become an event. The names are stable: dashboards and scripts group by them. */
export const RejectionReason = z.enum([
  'invalid_json',
  'invalid_utf8',
  'not_an_object',
  'too_deep',
  'too_large',
  'too_many_events',
  'missing_source_ip',
  'invalid_source_ip',
  'missing_timestamp',
  'invalid_timestamp',
  'implausible_timestamp',
  'normalization_failed',
  'invalid_sensor_id',
  'sensor_mismatch',
])
export type RejectionReason = z.infer<typeof RejectionReason>

/** Answer to one event (a JSON object). */
export const IngestOne = z.object({
  session_id: z.uuid(),
  threat_score: z.number().min(0).max(1),
  threat_level: ThreatLevel,
  status: z.literal('processed'),
})
export type IngestOne = z.infer<typeof IngestOne>

/** Answer to an array or NDJSON, and to one record that is ignored. `accepted + duplicates + quarantined + ignored` is the number of records sent. */
export const IngestMany = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  quarantined: z.number().int(),
  ignored: z.number().int().optional().meta({
    description: 'Messages of sensors about themselves, such as statistics; left out where there are none',
  }),
  errors: z
    .array(z.object({ index: z.number().int(), reason: RejectionReason, detail: z.string() }))
    .meta({ description: 'One entry a quarantined record, by its position in the request; at most 100' }),
})
export type IngestMany = z.infer<typeof IngestMany>
