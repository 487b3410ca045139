import { z } from 'zod'
import { Moment, Timestamp } from './event.js'
import { pageQuery } from './page.js'
import { ExactLevels, ThreatLevel } from './vocabulary.js'

/**
 * Profile of one source address. Its score is the highest of its sessions', raised by its history: how many sessions, sensors and days, and
 * how many behaviours they showed.
 */
export const Attacker = z.object({
  source_ip: z.string(),
  first_seen_at: Timestamp,
  last_seen_at: Timestamp,
  event_count: z.number().int(),
  session_count: z.number().int(),
  threat_score: z.number(),
  threat_level: ThreatLevel,
})
export type Attacker = z.infer<typeof Attacker>

export const AttackerQuery = z.object({
  ...pageQuery,
  threat_level: ThreatLevel.optional().meta({ description: 'Minimum level' }),
  level: ExactLevels,
  src_ip: z.string().max(60).optional().meta({ description: 'Address or CIDR' }),
  from: Moment.optional().meta({ description: 'Last seen at or after' }),
  sort: z.enum(['last_seen_at', 'event_count', 'threat_score']).default('last_seen_at'),
})
export type AttackerQuery = z.infer<typeof AttackerQuery>

export const AttackerDetail = Attacker.extend({
  geo: z
    .object({
      country: z.string().nullable(),
      asn: z.number().int().nullable(),
      organization: z.string().nullable(),
    })
    .meta({ description: 'Null fields: no database says' }),
  sensors: z.array(z.object({ sensor_id: z.string(), sessions: z.number().int(), last_seen_at: Timestamp })),
  score_history: z
    .array(
      z.object({ session_id: z.uuid(), at: Timestamp, threat_score: z.number(), threat_level: ThreatLevel }),
    )
    .meta({ description: 'The newest 200 sessions, oldest first' }),
})
export type AttackerDetail = z.infer<typeof AttackerDetail>

/** GET /score/{ip}: small on purpose, firewalls poll it. */
export const Score = z.object({
  source_ip: z.string(),
  threat_score: z.number(),
  threat_level: ThreatLevel,
  last_seen_at: Timestamp,
})
export type Score = z.infer<typeof Score>
