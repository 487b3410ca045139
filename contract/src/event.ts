import { z } from 'zod'
import { EventType, Outcome, SensorKind } from './vocabulary.js'

/** RFC 3339 in UTC with exactly six fractional digits, so that text order is time order. */
export const Timestamp = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/)
  .meta({ description: 'RFC 3339, UTC, microseconds', examples: ['2026-03-22T00:10:42.831494Z'] })

/** A time as callers write it: RFC 3339 with any offset, of a year and an offset that PostgreSQL knows, too. */
export const Moment = z.iso
  .datetime({ offset: true })
  .refine((text) => !text.startsWith('0000') && !/[+-](?:1[6-9]|2\d):?\d\d$/.test(text), {
    error: 'the year is 0001 or later, the offset less than 16 hours',
  })

const Port = z.number().int().min(0).max(65_535)

/** One normalized thing an attacker did. Field names follow the platform contract; text is as the attacker sent it. */
export const Event = z.object({
  id: z.uuid().meta({ description: 'The same event sent again has the same id' }),
  received_at: Timestamp,
  occurred_at: Timestamp,
  sensor_id: z.string(),
  sensor_kind: SensorKind,
  event_type: EventType,
  action: z.string().nullable().meta({ description: "The sensor's own name of the event" }),
  outcome: Outcome.nullable(),
  session_id: z.uuid(),
  source_ip: z.string(),
  source_port: Port.nullable(),
  destination_ip: z.string().nullable(),
  destination_port: Port.nullable(),
  protocol: z.string().nullable(),
  username: z.string().nullable(),
  password: z.string().nullable(),
  command: z.string().nullable(),
  url: z.string().nullable(),
  file_sha256: z.string().nullable(),
  client: z
    .string()
    .nullable()
    .meta({ description: 'Client software or fingerprint (HASSH) the event revealed' }),
  message: z.string().nullable(),
  raw: z
    .string()
    .nullable()
    .meta({ description: "The sensor's own JSON, byte for byte; null on the further events of one record" }),
})
export type Event = z.infer<typeof Event>
