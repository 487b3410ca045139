import { z } from 'zod'
import { Timestamp } from './event.js'
import { SensorKind } from './vocabulary.js'

/** A honeypot instance, as known from what it sent. */
export const Sensor = z.object({
  sensor_id: z.string(),
  sensor_kind: SensorKind,
  first_seen_at: Timestamp,
  last_seen_at: Timestamp.meta({ description: 'When its newest event happened, by its own clock' }),
  last_received_at: Timestamp,
  event_count: z.number().int(),
  session_count: z.number().int(),
  hourly_events: z.array(z.number().int()).meta({ description: 'Of the last 24 hours, oldest first' }),
})
export type Sensor = z.infer<typeof Sensor>

export const SensorList = z.object({ items: z.array(Sensor), next_cursor: z.null() })
export type SensorList = z.infer<typeof SensorList>
