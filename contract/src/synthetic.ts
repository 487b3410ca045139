import { z } from 'zod'
import { Timestamp } from './event.js'
import { pageQuery } from './page.js'
import { sensorIdProblem } from './sensor-id.js'
import { ThreatLevel } from './vocabulary.js'

/** Ways of an attack that the platform has without a sensor: it sends records as a sensor does. */
export const OWN_ATTACK_KINDS = ['log', 'hec'] as const

/** `log` and `hec`: the ways into the platform itself. Others: the protocol by which a sensor is attacked. */
export const SyntheticKind = z.enum([
  ...OWN_ATTACK_KINDS,
  'ssh',
  'telnet',
  'http',
  'redis',
  'mysql',
  'ftp',
  'smtp',
])
export type SyntheticKind = z.infer<typeof SyntheticKind>

/** Seconds between two attacks on a target. */
const IntervalSeconds = z.number().int().min(30).max(86_400)
const SensorId = z.string().superRefine((text, context) => {
  const problem = sensorIdProblem(text)
  if (problem !== null) context.addIssue(problem)
})

export const SyntheticTarget = z.object({
  id: z.uuid(),
  kind: SyntheticKind,
  name: z.string(),
  own: z.boolean().meta({ description: 'The platform made it: it cannot be removed, only switched off' }),
  registered_by: z.enum(['platform', 'start', 'administrator']).meta({
    description:
      '`platform`: a way into the platform itself. `start`: a decoy that a server started; it is registered again by every start that starts it, so switch it off to exclude it',
  }),
  enabled: z.boolean(),
  sensor_id: z.string().meta({ description: 'The sensor that is expected to report the attack' }),
  source_ip: z.string().meta({ description: 'Where attacks come from, as the sensor sees it' }),
  host: z.string().nullable(),
  port: z.number().int().nullable(),
  interval_seconds: z.number().int(),
  next_at: Timestamp.meta({ description: 'When the next attack is due' }),
  created_by: z.string().nullable().meta({ description: 'Username; null for the platform itself' }),
})
export type SyntheticTarget = z.infer<typeof SyntheticTarget>

export const NewSyntheticTarget = z.object({
  kind: SyntheticKind.exclude([...OWN_ATTACK_KINDS]),
  name: z.string().trim().min(1).max(100),
  host: z
    .string()
    .trim()
    .min(1)
    .max(253)
    .meta({
      description: 'Name or address; addresses that are not public need OUTBOUND_ALLOWED_NETWORKS',
      examples: ['192.0.2.20'],
    }),
  port: z.number().int().min(1).max(65_535),
  sensor_id: SensorId.meta({ description: 'Under which its events arrive', examples: ['cowrie-1'] }),
  source_ip: z
    .union([z.ipv4(), z.ipv6()])
    .meta({ description: 'The address of this server as the sensor sees it', examples: ['192.0.2.2'] }),
  interval_seconds: IntervalSeconds.default(300),
})
export type NewSyntheticTarget = z.infer<typeof NewSyntheticTarget>

export const SyntheticTargetPatch = z
  .object({ enabled: z.boolean(), interval_seconds: IntervalSeconds })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'name what to change: enabled or interval_seconds')
export type SyntheticTargetPatch = z.infer<typeof SyntheticTargetPatch>

/** `waiting`: nothing is known yet. `detected`: it became an alert. */
export const SyntheticOutcome = z.enum(['waiting', 'detected', 'missed'])
export type SyntheticOutcome = z.infer<typeof SyntheticOutcome>

/** One attack of the platform on one of its sensors, with the time of each hop; null: it did not get there, or not yet. */
export const SyntheticRun = z.object({
  id: z.uuid(),
  target_id: z.uuid(),
  target_name: z.string(),
  kind: SyntheticKind,
  sensor_id: z.string(),
  source_ip: z.string(),
  opens_at: Timestamp.meta({ description: 'From when on its events are expected' }),
  closes_at: Timestamp.meta({ description: 'Until when they are' }),
  outcome: SyntheticOutcome,
  failure: z.string().nullable().meta({ description: 'What kept it from the last hop' }),
  session_id: z.uuid().nullable(),
  threat_level: ThreatLevel.nullable(),
  threat_score: z.number().nullable(),
  attacked_at: Timestamp.nullable(),
  received_at: Timestamp.nullable(),
  scored_at: Timestamp.nullable(),
  durable_at: Timestamp.nullable(),
  alerted_at: Timestamp.nullable(),
  alerted_by: z.enum(['score', 'rule']).nullable().meta({
    description:
      '`rule`: the sensor reports too little for an alert by its score, as those do that report logins alone; the alert was raised when the window was over, to prove the rest of the way',
  }),
  delivered_at: Timestamp.nullable(),
  acknowledged_at: Timestamp.nullable(),
})
export type SyntheticRun = z.infer<typeof SyntheticRun>

export const SyntheticRunQuery = z.object({
  limit: pageQuery.limit,
  cursor: pageQuery.cursor,
  target_id: z.uuid().optional(),
})
export type SyntheticRunQuery = z.infer<typeof SyntheticRunQuery>

/** Why a marker proved nothing. `elsewhere`: of another sensor or address. */
export const SyntheticMarkerReason = z.enum(['unknown', 'replayed', 'late', 'elsewhere'])
export type SyntheticMarkerReason = z.infer<typeof SyntheticMarkerReason>

/** An event with what looks like a marker, which is an attacker's all the same. */
export const SyntheticMarker = z.object({
  at: Timestamp,
  reason: SyntheticMarkerReason,
  sensor_id: z.string(),
  source_ip: z.string(),
  session_id: z.uuid(),
})
export type SyntheticMarker = z.infer<typeof SyntheticMarker>

/** `missing`: it is made when attacks begin. */
export const SyntheticKeyState = z.enum(['valid', 'revoked', 'missing'])
export type SyntheticKeyState = z.infer<typeof SyntheticKeyState>

export const SyntheticStatus = z.object({
  on: z.boolean().meta({ description: 'SYNTHETIC_ATTACKS; where it is off nothing is attacked' }),
  paused_because: z.string().nullable().meta({ description: 'Why it is on and nothing is attacked' }),
  targets: z.array(SyntheticTarget),
  keys: z
    .object({ log: SyntheticKeyState, hec: SyntheticKeyState })
    .meta({ description: 'Of the ways into the platform itself' }),
  ignored_markers: z.array(SyntheticMarker).meta({ description: 'The newest 20' }),
})
export type SyntheticStatus = z.infer<typeof SyntheticStatus>
