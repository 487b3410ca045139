import { z } from 'zod'
import { Timestamp } from './event.js'
import { ThreatLevel } from './vocabulary.js'

const Hours = z.coerce
  .number()
  .int()
  .min(1)
  .max(24 * 400)

const countsByLevel = z.object({
  low: z.number().int(),
  medium: z.number().int(),
  high: z.number().int(),
  critical: z.number().int(),
})
export type CountsByLevel = z.infer<typeof countsByLevel>

export const StatsQuery = z.object({ hours: Hours.default(24) })

/** The last `hours` by the time things happened, to the minute; `all_time` says what is stored altogether. */
export const DashboardStats = z.object({
  from: Timestamp,
  to: Timestamp,
  total_events: z.number().int(),
  unique_attackers: z.number().int(),
  active_sessions: z.number().int().meta({ description: 'Not closed, and an event in the last 30 minutes' }),
  total_sessions: z.number().int().meta({ description: 'With an event in the window, whenever they began' }),
  sessions_by_level: countsByLevel,
  alerts: z.object({
    raised: z.number().int().meta({ description: 'Within the window; suppressed ones are left out' }),
    raised_by_level: z.object({ high: z.number().int(), critical: z.number().int() }),
    open: z.number().int().meta({ description: 'Nobody has acknowledged them, whenever they were raised' }),
  }),
  all_time: z.object({
    events: z.number().int(),
    sessions: z.number().int(),
    attackers: z.number().int(),
    newest_event_at: Timestamp.nullable(),
  }),
})
export type DashboardStats = z.infer<typeof DashboardStats>

export const TimelineQuery = z.object({
  hours: Hours.default(24),
  interval: z.enum(['minute', 'hour']).default('hour'),
})
export type TimelineQuery = z.infer<typeof TimelineQuery>

/** One bucket an interval without holes: sessions by the level they reached, at the time they started. */
export const Timeline = z.object({
  interval: z.enum(['minute', 'hour']),
  buckets: z.array(z.object({ at: Timestamp, events: z.number().int(), ...countsByLevel.shape })),
})
export type Timeline = z.infer<typeof Timeline>

export const TopAttackersQuery = z.object({
  hours: Hours.default(24),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  by: z.enum(['events', 'score']).default('events'),
})
export type TopAttackersQuery = z.infer<typeof TopAttackersQuery>

export const TopAttackers = z.object({
  items: z.array(
    z.object({
      source_ip: z.string(),
      events: z.number().int().meta({ description: 'Within the window, to the hour' }),
      sessions: z.number().int().meta({ description: 'With an event in the window, to the hour' }),
      threat_score: z.number(),
      threat_level: ThreatLevel,
      last_seen_at: Timestamp,
    }),
  ),
})
export type TopAttackers = z.infer<typeof TopAttackers>

/** What numbers are about. Lists with the same `from` and `to` have exactly what is counted. */
const window = {
  from: Timestamp.meta({ description: 'Had an event at or after' }),
  to: Timestamp.meta({ description: 'Started before' }),
}

/** Of what is counted from sessions themselves, which takes longer than from rollups. */
export const RecentQuery = z.object({ hours: Hours.max(24 * 92).default(24) })

/**
 * MITRE ATT&CK Enterprise v17.1 as far as events and statements showed it: tactics in the order of the matrix, busiest techniques first. A
 * technique stands under every tactic that it serves.
 */
export const AttackMatrix = z.object({
  ...window,
  tactics: z.array(
    z.object({
      name: z.string(),
      techniques: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          sessions: z.number().int().meta({
            description:
              'Sessions with an event in the window that showed it, as `GET /sessions?technique=` lists them',
          }),
          behaviours: z
            .array(z.string())
            .meta({ description: 'The behaviours, or the count, that it can belong to' }),
          signals: z
            .array(z.string())
            .meta({ deprecated: true, description: 'The former name of `behaviours`' }),
        }),
      ),
    }),
  ),
})
export type AttackMatrix = z.infer<typeof AttackMatrix>

/** A layer of the MITRE ATT&CK Navigator, format 4.5. https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md */
export const NavigatorLayer = z.object({
  name: z.string(),
  description: z.string(),
  domain: z.literal('enterprise-attack'),
  versions: z.object({ attack: z.string(), navigator: z.string(), layer: z.string() }),
  techniques: z.array(
    z.object({
      techniqueID: z.string(),
      tactic: z.string().meta({ description: 'In lower case, with hyphens' }),
      score: z.number().int().meta({ description: 'Sessions that showed it' }),
      comment: z.string().meta({ description: 'The behaviours, or the count, that it can belong to' }),
      enabled: z.boolean(),
    }),
  ),
  gradient: z.object({ colors: z.array(z.string()), minValue: z.number(), maxValue: z.number() }),
})
export type NavigatorLayer = z.infer<typeof NavigatorLayer>

/** Where attackers come from, by the sessions with an event in the window. */
export const Countries = z.object({
  ...window,
  items: z.array(
    z.object({
      country: z.string().meta({ description: 'ISO 3166-1 alpha-2' }),
      sessions: z.number().int(),
      attackers: z.number().int(),
    }),
  ),
  unknown_sessions: z.number().int(),
})
export type Countries = z.infer<typeof Countries>
