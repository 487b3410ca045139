import { z } from 'zod'
import { SensorId } from './auth.js'
import { Timestamp } from './event.js'
import { RejectionReason } from './ingest.js'
import { SensorKind } from './vocabulary.js'

/** A sensor that an administrator is about to add. */
export const NewEnrolment = z.object({ sensor_id: SensorId })
export type NewEnrolment = z.infer<typeof NewEnrolment>

/** The way of a new sensor from its token to its first event. */
export const Enrolment = z.object({
  id: z.uuid(),
  sensor_id: z.string(),
  state: z.enum(['pending', 'expired', 'enrolled']).meta({
    description: 'pending: the token may be exchanged for a key; enrolled: it was',
  }),
  created_at: Timestamp,
  expires_at: Timestamp.meta({ description: 'Until when the token may be exchanged' }),
  enrolled_at: Timestamp.nullable(),
  key_id: z.uuid().nullable(),
  received: z
    .object({ at: Timestamp, sensor_kind: SensorKind })
    .nullable()
    .meta({ description: 'The newest event of the sensor since then; null: none yet' }),
  rejected: z
    .object({ at: Timestamp, reason: RejectionReason, detail: z.string() })
    .nullable()
    .meta({ description: 'The newest record of its key that is no event; null: none' }),
})
export type Enrolment = z.infer<typeof Enrolment>

/** The only answer that ever holds the token. */
export const CreatedEnrolment = Enrolment.extend({
  token: z.string().meta({ description: 'For one use of POST /sensors/enrol, within an hour' }),
})
export type CreatedEnrolment = z.infer<typeof CreatedEnrolment>

export const EnrolmentToken = z.object({ token: z.string().min(1).max(200) })
export type EnrolmentToken = z.infer<typeof EnrolmentToken>

/** The only answer that ever holds the key of an enrolled sensor. */
export const EnrolledSensor = z.object({
  id: z.uuid().meta({ description: 'Of the key' }),
  name: z.string(),
  sensor_id: z.string(),
  key: z.string().meta({ description: 'Its events always belong to this sensor' }),
})
export type EnrolledSensor = z.infer<typeof EnrolledSensor>
