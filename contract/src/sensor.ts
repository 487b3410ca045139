import { z } from 'zod'
import { SensorId } from './auth.js'
import { Moment, Timestamp } from './event.js'
import { pageOf, pageQuery } from './page.js'
import { SensorKind } from './vocabulary.js'

/** Whether a sensor sends, as the platform judged it within the last minute or two. */
export const SensorState = z
  .enum(['active', 'no_data', 'unknown'])
  .meta({ description: 'no_data: silent for longer than its limit; unknown: too little is known of it' })
export type SensorState = z.infer<typeof SensorState>

/** `automatic`: as soon as enough is known of it. */
export const Expected = z.enum(['automatic', 'yes', 'no'])
export type Expected = z.infer<typeof Expected>

const SilenceLimit = z.number().int().min(60).max(2_592_000)

/** What an administrator says of a sensor. */
export const SensorExpectation = z.object({
  expected: Expected,
  until: Timestamp.nullable().meta({
    description: 'Of `yes`: the sensor is not expected afterwards; of `no`: it is automatic afterwards',
  }),
  silence_limit_seconds: SilenceLimit.nullable().meta({
    description: 'How long it may be silent; null: as learned from what it sent',
  }),
  changed_at: Timestamp,
  changed_by: z.string(),
})
export type SensorExpectation = z.infer<typeof SensorExpectation>

export const SensorExpectationChange = z.object({
  sensor_id: z.string().min(1).max(256),
  expected: Expected,
  until: Moment.nullable().default(null),
  silence_limit_seconds: SilenceLimit.nullable().default(null),
})
export type SensorExpectationChange = z.infer<typeof SensorExpectationChange>

/** That a sensor is alive, as its software says about once a minute. */
export const NewHeartbeat = z.object({
  sent_at: Moment.meta({ description: 'By the clock of the sender' }),
  software: z.string().trim().min(1).max(64).nullable().default(null),
  version: z.string().trim().min(1).max(64).nullable().default(null),
  spooled_bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null).meta({
    description: 'What waits at the sender because the server did not take it',
  }),
  instance_id: z.uuid().nullable().default(null).meta({
    description: 'Of the running process. Two that send by turns are two hosts with one name',
  }),
  sensor_id: SensorId.optional().meta({
    description: 'Of a key for several sensors; X-Sensor-Id says the same',
  }),
})
export type NewHeartbeat = z.infer<typeof NewHeartbeat>

export const SensorHeartbeat = z.object({
  received_at: Timestamp,
  sent_at: Timestamp,
  software: z.string().nullable(),
  version: z.string().nullable(),
  spooled_bytes: z.number().int().nullable(),
  interval_seconds: z.number().nullable().meta({ description: 'Usual time between two; null: not known' }),
})
export type SensorHeartbeat = z.infer<typeof SensorHeartbeat>

/** A honeypot instance, as known from what it sent. One that sent heartbeats alone has no events, and the times are those of heartbeats. */
export const Sensor = z.object({
  sensor_id: z.string(),
  sensor_kind: SensorKind,
  first_seen_at: Timestamp,
  last_seen_at: Timestamp.meta({ description: 'When its newest event happened, by its own clock' }),
  last_received_at: Timestamp,
  event_count: z.number().int(),
  session_count: z.number().int(),
  hourly_events: z.array(z.number().int()).meta({ description: 'Of the last 24 hours, oldest first' }),
  state: SensorState,
  state_since: Timestamp.nullable().meta({ description: 'Since when the platform judges so; null: not yet' }),
  expected: z.boolean().meta({ description: 'Whether its silence is an operational alert' }),
  judged_by: z
    .enum(['own_limit', 'heartbeat', 'events'])
    .nullable()
    .meta({ description: 'Where the limit comes from; null where there is none' }),
  limit_seconds: z.number().int().nullable().meta({ description: 'How long it may be silent' }),
  heartbeat: SensorHeartbeat.nullable(),
  clock_skew_seconds: z.number().nullable().meta({
    description: 'By how much its clock is behind, negative where it is ahead; null: not known',
  }),
  clock_wrong: z.boolean().meta({ description: 'Its clock is wrong by more than 120 s' }),
  duplicate: z.boolean().meta({ description: 'Two hosts or two keys send as this sensor by turns' }),
  expectation: SensorExpectation.nullable(),
})
export type Sensor = z.infer<typeof Sensor>

/** By default as many as earlier releases answered at once. */
export const SensorQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  cursor: pageQuery.cursor,
  state: SensorState.optional(),
  sensor_id: z.string().max(256).optional().meta({ description: 'This sensor alone' }),
})
export type SensorQuery = z.infer<typeof SensorQuery>

export const SensorList = pageOf(Sensor)
export type SensorList = z.infer<typeof SensorList>
