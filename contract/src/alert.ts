import { z } from 'zod'
import { Moment, Timestamp } from './event.js'
import { pageQuery } from './page.js'
import { ScoreReason } from './session.js'
import { ExactLevels, SensorKind, ThreatLevel } from './vocabulary.js'

/** Levels that are worth an analyst's attention at once. */
export const AlertLevel = ThreatLevel.extract(['high', 'critical'])
export type AlertLevel = z.infer<typeof AlertLevel>

/** `session`: a session (and with it its attacker) crossed to a level. `canary`: a canary token was touched. */
export const AlertKind = z.enum(['session', 'canary'])
export type AlertKind = z.infer<typeof AlertKind>

export const AlertState = z.enum(['open', 'acknowledged', 'resolved'])
export type AlertState = z.infer<typeof AlertState>

/** Which part of the alert policy kept an alert from being announced. */
export const Suppression = z.enum(['mute', 'backfill', 'minimum_level', 'known_scanner', 'campaign'])
export type Suppression = z.infer<typeof Suppression>

/** A threat of which analysts are notified. At most one that is not resolved exists a session and level. */
export const Alert = z.object({
  id: z.uuid(),
  kind: AlertKind,
  threat_level: AlertLevel,
  threat_score: z.number().min(0).max(1),
  session_id: z.uuid(),
  source_ip: z.string(),
  sensor_id: z.string(),
  sensor_kind: SensorKind,
  reasons: z
    .array(ScoreReason.pick({ name: true, contribution: true }))
    .meta({ description: 'Why the score is what it is, heaviest first' }),
  detail: z.string().nullable().meta({ description: 'The kind of the canary token, or its details' }),
  first_of_attacker: z
    .boolean()
    .meta({ description: 'The attacker itself crossed to this level, not merely one more of its sessions' }),
  occurred_at: Timestamp.meta({ description: 'When the attacker did it' }),
  event_received_at: Timestamp.meta({
    description: 'When EvilTwin received the event; delivery is timed from here',
  }),
  raised_at: Timestamp,
  last_occurrence_at: Timestamp,
  occurrence_count: z.number().int().min(1),
  source_count: z
    .number()
    .int()
    .min(1)
    .meta({ description: 'Distinct addresses of all occurrences, `source_ip` among them' }),
  state: AlertState,
  assignee: z.string().nullable().meta({ description: 'Username' }),
  suppressed_by: Suppression.nullable(),
  suppressed_because: z.string().nullable(),
  campaign_alert_id: z.uuid().nullable().meta({ description: 'The alert that stands for this one' }),
})
export type Alert = z.infer<typeof Alert>

export const AlertAction = z.enum(['raised', 'acknowledged', 'resolved', 'reopened', 'assigned', 'commented'])
export type AlertAction = z.infer<typeof AlertAction>

export const AlertHistoryEntry = z.object({
  at: Timestamp,
  actor: z.string().nullable().meta({ description: 'Username; null for the platform itself' }),
  action: AlertAction,
  detail: z.string().nullable().meta({ description: 'The comment, or the new assignee' }),
})
export type AlertHistoryEntry = z.infer<typeof AlertHistoryEntry>

export const AlertDetail = Alert.extend({
  history: z.array(AlertHistoryEntry),
  sources: z
    .array(z.string())
    .meta({ description: 'Addresses of the occurrences, in the order in which they came; the first 20' }),
})
export type AlertDetail = z.infer<typeof AlertDetail>

/** Filters of GET /alerts; all must hold. */
export const AlertQuery = z.object({
  ...pageQuery,
  state: AlertState.optional(),
  threat_level: ThreatLevel.optional().meta({ description: 'Minimum level; no alert is below high' }),
  level: ExactLevels,
  kind: AlertKind.optional(),
  src_ip: z.string().max(60).optional().meta({ description: 'Address or CIDR, IPv4 or IPv6' }),
  sensor_id: z.string().max(256).optional(),
  session_id: z.uuid().optional(),
  assignee: z.string().max(64).optional(),
  from: Moment.optional().meta({ description: 'Raised at or after' }),
  to: Moment.optional().meta({ description: 'Raised before' }),
  suppressed: z
    .stringbool()
    .default(false)
    .meta({ description: 'Only suppressed alerts, instead of announced ones' }),
  suppressed_by: Suppression.optional().meta({
    description: 'Only alerts that are suppressed for this reason; backfill: imported history',
  }),
})
export type AlertQuery = z.infer<typeof AlertQuery>

export const AlertPatch = z
  .object({
    state: AlertState,
    assignee: z.string().min(1).max(64).nullable().meta({ description: 'Username; null: nobody' }),
    comment: z.string().trim().min(1).max(4000),
  })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
export type AlertPatch = z.infer<typeof AlertPatch>

export const BulkAcknowledge = z.object({
  ids: z.array(z.uuid()).min(1).max(1000),
  comment: z.string().trim().min(1).max(4000).optional(),
})
export type BulkAcknowledge = z.infer<typeof BulkAcknowledge>

export const BulkAcknowledged = z.object({
  acknowledged: z.number().int(),
  unchanged: z.number().int().meta({ description: 'Acknowledged or resolved before' }),
  unknown: z.array(z.uuid()),
})
export type BulkAcknowledged = z.infer<typeof BulkAcknowledged>

/** Which alerts stand for many: `source`: one a source address (IPv6: one a /64); `behaviour`: one a way of acting, whatever the address. */
export const CampaignGrouping = z.enum(['off', 'source', 'behaviour'])
export type CampaignGrouping = z.infer<typeof CampaignGrouping>

/** What is worth announcing. What is not is stored all the same, and counted. */
export const AlertPolicy = z.object({
  minimum_level: AlertLevel,
  mute_known_scanners: z.boolean().meta({
    description: 'Internet-wide research scanners raise no alert below critical',
  }),
  campaign_grouping: CampaignGrouping.meta({
    description:
      'source unless somebody chose otherwise. A session that is more severe than the alert of its campaign has its own',
  }),
  campaign_window_minutes: z.number().int().min(1).max(10_080),
  backfill_after_minutes: z.number().int().min(5).max(525_600).default(1440).meta({
    description:
      'The alert of an event that is older than this when it arrives is suppressed as backfill: imported history notifies nobody',
  }),
})
export type AlertPolicy = z.infer<typeof AlertPolicy>

/** Silence for one source or sensor, with a reason, until it expires. Alerts of canaries are never muted. */
export const AlertMute = z.object({
  id: z.uuid(),
  source: z.string().nullable().meta({ description: 'Address or CIDR' }),
  sensor_id: z.string().nullable(),
  reason: z.string(),
  created_by: z.string(),
  created_at: Timestamp,
  expires_at: Timestamp,
})
export type AlertMute = z.infer<typeof AlertMute>

export const NewAlertMute = z
  .object({
    source: z.string().max(60).nullable().default(null),
    sensor_id: z.string().min(1).max(256).nullable().default(null),
    reason: z.string().trim().min(3).max(500),
    expires_at: Moment.nullable().default(null).meta({
      description:
        'At most 7 days ahead, for administrators 90; null: in 7 days. A network larger than /16 (IPv6: /32), or no source, needs an administrator',
    }),
  })
  .refine(
    ({ source, sensor_id }) => source !== null || sensor_id !== null,
    'name a source, a sensor, or both',
  )
export type NewAlertMute = z.infer<typeof NewAlertMute>

/** The policy in force, and the alerts suppressed in the last 24 hours. */
export const AlertPolicyState = z.object({
  policy: AlertPolicy,
  mutes: z.array(AlertMute),
  suppressed_24h: z.record(Suppression, z.number().int()),
})
export type AlertPolicyState = z.infer<typeof AlertPolicyState>
