import { z } from 'zod'
import { OperationalSeverity } from './channel.js'
import { Moment, Timestamp } from './event.js'

/** `pending`: the condition holds, not yet long enough. `resolved`: it fired, and is over. */
export const OpsState = z.enum(['inactive', 'pending', 'firing', 'resolved'])
export type OpsState = z.infer<typeof OpsState>

/** One operational alert: its rule and how it stands. */
export const OpsAlert = z.object({
  id: z.string(),
  name: z.string(),
  kind: z
    .enum(['operational', 'slo'])
    .meta({ description: 'slo: the error budget of an objective burns too fast' }),
  severity: OperationalSeverity.meta({
    description: 'While it fires, the worst since it began; otherwise the worst that it can have',
  }),
  description: z.string(),
  detail: z
    .string()
    .nullable()
    .meta({ description: 'What it is about now, while it fires: windows, channels, keys' }),
  threshold: z.number(),
  for_seconds: z.number(),
  keep_firing_seconds: z.number(),
  inhibited_by: z.array(z.string()),
  runbook_url: z.string(),
  state: OpsState,
  value: z.number().nullable().meta({ description: 'As last evaluated; null: no data to evaluate' }),
  since: Timestamp.nullable().meta({ description: 'When it came into this state' }),
  evaluated_at: Timestamp.nullable(),
  acknowledged_by: z.string().nullable(),
  silenced: z.boolean(),
  inhibited: z.boolean().meta({ description: 'A more severe alert explains this one; nobody is notified' }),
})
export type OpsAlert = z.infer<typeof OpsAlert>

export const OpsAlertsQuery = z.object({ kind: z.enum(['operational', 'slo', 'all']).default('operational') })

/** One notification about an operational alert to one channel, and what became of it. */
export const OpsNotification = z.object({
  channel: z.string().meta({ description: 'Its name when it was notified' }),
  at: Timestamp.meta({
    description: 'Of the last attempt that settled it; of the decision while it is pending',
  }),
  outcome: z.enum(['pending', 'delivered', 'failed']),
  detail: z.string().nullable().meta({ description: 'Why the last attempt failed' }),
})
export type OpsNotification = z.infer<typeof OpsNotification>

export const OpsTransition = z.object({
  at: Timestamp,
  rule_id: z.string(),
  event: z.enum(['pending', 'firing', 'resolved', 'inactive', 'acknowledged']),
  value: z.number().nullable(),
  actor: z.string().nullable(),
  delivered: z.boolean().meta({ description: 'A channel received the notification' }),
  told: z.boolean().meta({ deprecated: true, description: 'The former name of `delivered`' }),
  notified: z
    .array(OpsNotification)
    .meta({ description: 'Every notification of this change; empty: silenced, inhibited, or no channel' }),
})
export type OpsTransition = z.infer<typeof OpsTransition>

/** Silence of one rule, or (rule_id null) a maintenance window for all. */
export const OpsSilence = z.object({
  id: z.uuid(),
  rule_id: z.string().nullable(),
  reason: z.string(),
  created_by: z.string(),
  starts_at: Timestamp,
  ends_at: Timestamp,
})
export type OpsSilence = z.infer<typeof OpsSilence>

export const NewOpsSilence = z.object({
  rule_id: z.string().max(200).nullable().default(null).meta({ description: 'null: a maintenance window' }),
  reason: z.string().trim().min(3).max(500),
  starts_at: Moment.optional().meta({ description: 'Default: now' }),
  ends_at: Moment.meta({
    description: 'At most 7 days ahead, for administrators 90. A maintenance window needs an administrator',
  }),
})
export type NewOpsSilence = z.infer<typeof NewOpsSilence>

/** How one route has been served: the golden signals of traffic, errors and latency. */
export const RouteSignals = z.object({
  route: z.string(),
  requests: z.number().int(),
  requests_per_second: z.number(),
  client_error_rate: z.number().meta({ description: 'Share answered 4xx' }),
  server_error_rate: z.number().meta({ description: 'Share answered 5xx' }),
  unanswered_rate: z.number().meta({ description: 'Share whose client left without an answer (499)' }),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
})

/** How near a replica is to what it can take: the golden signal of saturation. */
export const ReplicaSignals = z.object({
  id: z.uuid(),
  host: z.string(),
  version: z.string().optional().meta({ description: 'Of EvilTwin; absent for 0.1.0' }),
  started_at: Timestamp,
  seen_at: Timestamp,
  leader: z.boolean().meta({ description: 'It evaluates the operational alerts' }),
  memory_bytes: z.number(),
  memory_limit_bytes: z.number(),
  event_loop_delay_p99_ms: z.number(),
  ingest_queue: z.number().int(),
  pools: z.record(
    z.string(),
    z.object({
      used: z.number().int(),
      max: z.number().int(),
      waiting: z.number().int(),
      peak_used: z.number().int(),
    }),
  ),
  disk_free_bytes: z.number().nullable(),
  clock_skew_ms: z
    .number()
    .nullable()
    .optional()
    .meta({ description: 'How far its clock is ahead of the clock of the database; absent for 0.1.0' }),
})
export type ReplicaSignals = z.infer<typeof ReplicaSignals>

export const GoldenSignalsQuery = z.object({ minutes: z.coerce.number().int().min(1).max(1440).default(60) })

export const GoldenSignals = z.object({
  from: Timestamp,
  to: Timestamp,
  routes: z.array(RouteSignals),
  replicas: z.array(ReplicaSignals),
  alert_queue_depth: z.number().int(),
})
export type GoldenSignals = z.infer<typeof GoldenSignals>

export const LogLevelName = z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'])

/** A number of this week beside the one of the week before. */
export const Trend = z.object({
  this_week: z.number().nullable(),
  last_week: z.number().nullable(),
  change: z.number().nullable().meta({ description: 'Relative: 0.1 is 10 % more' }),
})
export type Trend = z.infer<typeof Trend>

/** The answers to the weekly checklist, with the numbers they rest on. */
export const HealthReview = z.object({
  from: Timestamp,
  to: Timestamp,
  ingest_latency: z.object({
    average_ms: Trend,
    p95_ms: Trend,
    requests: Trend,
    daily_p95_ms: z.array(
      z.object({ day: z.string(), p95_ms: z.number().nullable(), requests: z.number().int() }),
    ),
    trending_up: z.boolean().nullable(),
  }),
  errors: z.object({
    server_error_rate: Trend,
    unanswered_rate: Trend,
    kinds: z.array(
      z.object({
        level: z.string(),
        logger: z.string(),
        message: z.string(),
        this_week: z.number().int(),
        last_week: z.number().int(),
        new: z.boolean(),
      }),
    ),
  }),
  auth: z.object({
    failures: Trend,
    failure_rate: Trend,
    spikes: z.array(z.object({ at: Timestamp, failures: z.number().int() })).meta({
      description: 'Hours with more than 20 failures and five times the usual number',
    }),
  }),
  llm: z.object({
    availability: Trend,
    analyses: Trend,
    success_fraction: Trend,
  }),
  database_pool: z.object({
    exhausted: Trend,
    peak_use: z.record(z.string(), z.object({ peak: z.number(), max: z.number() })),
    verdict: z.string(),
  }),
  slos: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      compliance: z.number().nullable(),
      budget_remaining: z.number().nullable(),
    }),
  ),
  operational_alerts: z.array(z.object({ name: z.string(), fired: z.number().int() })),
  channels: z.object({
    failed: Trend.meta({ description: 'Notifications that failed permanently' }),
    given_up: Trend.meta({ deprecated: true, description: 'The former name of `failed`' }),
    failing: z
      .array(z.object({ name: z.string(), type: z.string(), error: z.string() }))
      .meta({ description: 'Enabled channels that do not deliver now' }),
  }),
  findings: z.array(z.string()).meta({ description: 'The findings that require action, in sentences' }),
})
export type HealthReview = z.infer<typeof HealthReview>

export const ReviewQuery = z.object({
  format: z.enum(['json', 'markdown']).default('json'),
  days: z.coerce.number().int().min(1).max(28).default(7),
})
