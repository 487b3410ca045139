import { z } from 'zod'
import { Event, Moment, Timestamp } from './event.js'
import { formerPage } from './former-api.js'
import { pageOf, pageQuery } from './page.js'
import { EventType, ExactLevels, SensorKind, ThreatLevel } from './vocabulary.js'

/** One named cause of a score: `contribution` is what it added to the score, 0..1. */
export const ScoreReason = z.object({
  name: z.string(),
  description: z.string(),
  contribution: z.number(),
  techniques: z.array(z.string()).meta({ description: 'MITRE ATT&CK technique ids' }),
})
export type ScoreReason = z.infer<typeof ScoreReason>

/** One attacker interaction on one sensor. */
export const Session = z.object({
  id: z.uuid(),
  sensor_id: z.string(),
  sensor_kind: SensorKind,
  source_ip: z.string(),
  country: z.string().nullable(),
  protocols: z.array(z.string()),
  started_at: Timestamp,
  last_seen_at: Timestamp,
  ended_at: Timestamp.nullable(),
  event_count: z.number().int(),
  login_attempt_count: z.number().int(),
  login_success_count: z.number().int(),
  command_count: z.number().int(),
  file_count: z.number().int(),
  clients: z.array(z.string()),
  threat_score: z.number(),
  threat_level: ThreatLevel,
})
export type Session = z.infer<typeof Session>

/** Filters of GET /sessions; all must hold. */
export const SessionQuery = z.object({
  ...pageQuery,
  ...formerPage,
  threat_level: ThreatLevel.optional().meta({ description: 'Minimum level' }),
  level: ExactLevels,
  src_ip: z.string().max(60).optional().meta({ description: 'Address or CIDR, IPv4 or IPv6' }),
  sensor_id: z.string().max(200).optional(),
  protocol: z.string().max(50).optional(),
  event_type: EventType.optional(),
  country: z.string().length(2).optional(),
  behaviour: z
    .string()
    .max(50)
    .optional()
    .meta({ description: 'A behaviour that it showed, as in the reasons of scores' }),
  technique: z
    .string()
    .max(20)
    .optional()
    .meta({ description: 'MITRE ATT&CK technique that it showed, as the matrix counts it' }),
  active: z
    .stringbool()
    .default(false)
    .meta({ description: 'Only those not closed, with an event in the last 30 minutes' }),
  from: Moment.optional().meta({ description: 'Had an event at or after' }),
  started_from: Moment.optional().meta({ description: 'Started at or after' }),
  to: Moment.optional().meta({ description: 'Started before' }),
  q: z.string().min(2).max(200).optional().meta({
    description:
      'Text that occurs in a command. Where it occurs often, a request looks through the newest sessions, some thousand at a time, and the first 20,000 commands of each',
  }),
})
export type SessionQuery = z.infer<typeof SessionQuery>

const searched_back_to = Timestamp.nullable().optional().meta({
  description:
    'With `q`. A text that occurs often was looked for in sessions that began at or after this alone; null: no session was left out',
})

/** A page of sessions. Of a text that occurs often, it may hold fewer than `limit`, or none; `next_cursor` goes on with the search. */
export const SessionPage = pageOf(Session).extend({ searched_back_to })
export type SessionPage = z.infer<typeof SessionPage>

/** The filters alone. */
export const SessionFilter = SessionQuery.omit({ limit: true, cursor: true, count: true, page: true })
export type SessionFilter = z.infer<typeof SessionFilter>

const FacetCounts = z.array(z.object({ value: z.string(), sessions: z.number().int() }))

/** How the sessions that match are distributed: the most frequent 20 values of each. */
export const SessionFacets = z.object({
  sessions: z.number().int().meta({ description: 'That were counted; at most 50,000, the newest' }),
  searched_back_to,
  threat_level: FacetCounts,
  sensor_id: FacetCounts,
  protocol: FacetCounts,
  country: FacetCounts,
  behaviour: FacetCounts,
  signal: FacetCounts.meta({ deprecated: true, description: 'The former name of `behaviour`' }),
})
export type SessionFacets = z.infer<typeof SessionFacets>

const Technique = z.object({ id: z.string(), because: z.array(z.string()) })

/** Everything about one session. Long sessions page their events through `next_cursor`, and state what their lists leave out. */
export const SessionDetail = Session.extend({
  score: z.object({ scorer: z.string(), reasons: z.array(ScoreReason) }),
  techniques: z.array(Technique),
  unread_characters: z.number().int().meta({
    description: 'Characters of its commands that were too many to be read; see the behaviour `padding`',
  }),
  credentials: z.array(
    z.object({
      occurred_at: Timestamp,
      username: z.string().nullable(),
      password: z.string().nullable(),
      success: z.boolean(),
    }),
  ),
  commands: z.array(z.object({ event_id: z.uuid(), occurred_at: Timestamp, command: z.string() })),
  statements: z
    .array(
      z.object({
        event_id: z.uuid(),
        statement: z.string(),
        tactic: z.string().meta({ description: 'MITRE ATT&CK tactic, `Harmless` or `Other`' }),
        probability: z.number().nullable().meta({ description: 'null: by rules, while there is no model' }),
        techniques: z.array(z.string()),
      }),
    )
    .meta({ description: 'The commands, statement by statement, and what each is for' }),
  files: z.array(
    z.object({
      event_id: z.uuid(),
      occurred_at: Timestamp,
      event_type: EventType,
      url: z.string().nullable(),
      file_sha256: z.string().nullable(),
    }),
  ),
  left_out: z
    .object({
      credentials: z.number().int(),
      commands: z.number().int(),
      files: z.number().int(),
      unanalysed_commands: z.number().int().meta({ description: 'Commands without `statements`' }),
    })
    .meta({ description: 'How many of each a long session has beyond what is listed' }),
  events: z.array(Event),
  next_cursor: z.string().nullable(),
})
export type SessionDetail = z.infer<typeof SessionDetail>
