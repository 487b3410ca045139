import { z } from 'zod'

/** What produced an event. `generic` is any sender that speaks EvilTwin's own field names. */
export const SensorKind = z.enum(['cowrie', 'dionaea', 'opencanary', 'canarytoken', 'eviltwin', 'generic'])
export type SensorKind = z.infer<typeof SensorKind>

/** What an attacker did, whatever sensor saw it. Unknown sensor events are kept as `other`, never refused. */
export const EventType = z.enum([
  'connect',
  'login_attempt',
  'command',
  'file_download',
  'file_upload',
  'proxy_request',
  'exploit',
  'canary',
  'disconnect',
  'other',
])
export type EventType = z.infer<typeof EventType>

/** ECS `event.outcome`; null where the sensor does not say. https://www.elastic.co/docs/reference/ecs/ecs-event */
export const Outcome = z.enum(['success', 'failure'])
export type Outcome = z.infer<typeof Outcome>

/** Ordered from least to most severe; the order is what "minimum level" filters rely on. */
export const ThreatLevel = z.enum(['low', 'medium', 'high', 'critical'])
export type ThreatLevel = z.infer<typeof ThreatLevel>

/** Levels that a list is limited to: a query parameter that may be repeated. */
export const ExactLevels = z
  .union([z.array(ThreatLevel).min(1).max(4), ThreatLevel.transform((level) => [level])])
  .optional()
  .meta({ description: 'Exactly these levels; may be repeated' })

/** Every level that is at least as severe as `minimum`. */
export function levelsFrom(minimum: ThreatLevel): ThreatLevel[] {
  return ThreatLevel.options.slice(ThreatLevel.options.indexOf(minimum))
}

/** Roles of people, each including the ones before it: viewers read, analysts also triage, admins also manage. */
export const Role = z.enum(['viewer', 'analyst', 'admin'])
export type Role = z.infer<typeof Role>

/** What an API key may do. A sensor key is a key with the scope `ingest`. */
export const KeyScope = z.enum(['ingest', 'score:read', 'feeds:read', 'metrics:read'])
export type KeyScope = z.infer<typeof KeyScope>

/** What a sensor key is for: one sensor, or a collector that sends what several sensors saw. */
export const KeyKind = z.enum(['sensor', 'collector'])
export type KeyKind = z.infer<typeof KeyKind>
