import { z } from 'zod'
import { Alert, AlertLevel, Suppression } from './alert.js'
import { Timestamp } from './event.js'
import { pageQuery } from './page.js'

export const OperationalSeverity = z.enum(['low', 'medium', 'high', 'critical'])
export type OperationalSeverity = z.infer<typeof OperationalSeverity>

/** One of several operational alerts that one notification covers. */
const CoveredAlert = z.object({
  rule: z.string(),
  severity: OperationalSeverity,
  summary: z.string(),
  started_at: Timestamp,
  runbook_url: z.string().nullable(),
})

/** What channels carry. The generic webhook posts exactly this. */
export const Notification = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('threat_alert'),
    status: z.enum(['firing', 'acknowledged', 'resolved']),
    alert: Alert,
  }),
  z.object({
    kind: z.literal('operational_alert'),
    status: z.enum(['firing', 'acknowledged', 'resolved']),
    rule: z.string(),
    severity: OperationalSeverity,
    summary: z.string(),
    started_at: Timestamp,
    ended_at: Timestamp.nullable(),
    runbook_url: z.string().nullable(),
    covers: z.array(CoveredAlert).optional().meta({
      description: 'Every alert of this notification, the most severe first, where it covers several',
    }),
  }),
  z.object({
    kind: z.literal('digest'),
    from: Timestamp,
    to: Timestamp,
    raised: z.record(AlertLevel, z.number().int()),
    suppressed: z.partialRecord(Suppression, z.number().int()),
    newest: z.array(Alert).meta({ description: 'The newest of the most severe, at most 20' }),
  }),
  z.object({
    kind: z.literal('review'),
    from: Timestamp,
    to: Timestamp,
    findings: z.array(z.string()),
    markdown: z.string(),
  }),
  z.object({
    kind: z.literal('test'),
    sent_at: Timestamp,
    message: z.string(),
    alert: Alert.optional().meta({ description: 'Of an attack that the platform made itself' }),
  }),
])
export type Notification = z.infer<typeof Notification>

const Target = z.url({ protocol: /^https?$/ }).max(2000)
const Secret = z.string().min(1).max(4000)
const Email = z.email().max(254)

/** Where a channel sends, and in which way. Secrets are written, and never read back. */
export const ChannelSettings = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('webhook'),
    url: Target,
    secret: Secret.min(24).meta({
      description: 'Signs each message (Standard Webhooks), 24 characters or more',
    }),
  }),
  z.object({ type: z.literal('slack'), secret: Target.meta({ description: 'The incoming-webhook URL' }) }),
  z.object({
    type: z.literal('pagerduty'),
    url: Target.default('https://events.pagerduty.com/v2/enqueue'),
    secret: Secret.meta({ description: 'The routing key' }),
  }),
  z.object({
    type: z.literal('email'),
    host: z.string().min(1).max(253),
    port: z.number().int().min(1).max(65_535).default(587),
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    username: z.string().max(320).nullable().default(null),
    secret: Secret.nullable().default(null).meta({ description: 'The password' }),
    from: Email,
    to: z.array(Email).min(1).max(50),
  }),
  z.object({
    type: z.literal('splunk_hec'),
    url: Target.meta({ description: 'Base URL, or that of /services/collector/event' }),
    index: z.string().max(80).nullable().default(null),
    secret: Secret.meta({ description: 'The HEC token' }),
  }),
  z.object({
    type: z.literal('alertmanager'),
    url: Target.meta({ description: 'Base URL of Prometheus Alertmanager' }),
    secret: Secret.nullable()
      .default(null)
      .meta({ description: 'A bearer token, if the receiver requires one' }),
  }),
])
export type ChannelSettings = z.infer<typeof ChannelSettings>
export type ChannelType = ChannelSettings['type']

const channelFields = {
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean(),
  threat_alerts: z.boolean().meta({ description: 'Carries threat alerts' }),
  operational_alerts: z.boolean().meta({ description: 'Carries operational alerts' }),
  minimum_level: AlertLevel.meta({ description: 'Of threat alerts' }),
  digest: z
    .enum(['off', 'hourly'])
    .meta({ description: 'hourly: one summary an hour instead of each alert' }),
}

/** A channel as it is shown: its settings without the secret. */
export const Channel = z.object({
  id: z.uuid(),
  ...channelFields,
  settings: z.looseObject({ type: z.enum(ChannelSettings.options.map(({ shape }) => shape.type.value)) }),
  has_secret: z.boolean(),
  created_at: Timestamp,
  pending: z.number().int().meta({ description: 'Messages that wait' }),
  dead: z.number().int().meta({ description: 'Notifications that failed permanently' }),
  last_delivered_at: Timestamp.nullable(),
  last_error: z.string().nullable(),
})
export type Channel = z.infer<typeof Channel>

export const NewChannel = z.object({
  name: channelFields.name,
  enabled: channelFields.enabled.default(true),
  threat_alerts: channelFields.threat_alerts.default(true),
  operational_alerts: channelFields.operational_alerts.default(true),
  minimum_level: channelFields.minimum_level.default('high'),
  digest: channelFields.digest.default('off'),
  settings: ChannelSettings,
})
export type NewChannel = z.infer<typeof NewChannel>

export const ChannelPatch = z
  .object({ ...channelFields, settings: ChannelSettings })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
export type ChannelPatch = z.infer<typeof ChannelPatch>

export const ChannelTest = z.object({
  delivered: z.boolean(),
  detail: z.string().meta({ description: 'What the other side answered, or why it could not be reached' }),
  duration_ms: z.number().int(),
})
export type ChannelTest = z.infer<typeof ChannelTest>

export const DeliveryState = z.enum(['pending', 'delivered', 'dead'])

/** One message to one channel. */
export const Delivery = z.object({
  id: z.uuid(),
  channel_id: z.uuid(),
  notice: Notification,
  state: DeliveryState,
  attempts: z.number().int(),
  created_at: Timestamp,
  next_attempt_at: Timestamp,
  delivered_at: Timestamp.nullable(),
  last_error: z.string().nullable(),
})
export type Delivery = z.infer<typeof Delivery>

export const DeliveryQuery = z.object({
  ...pageQuery,
  channel_id: z.uuid().optional(),
  state: DeliveryState.optional(),
})
export type DeliveryQuery = z.infer<typeof DeliveryQuery>

/** Dead messages to try again: these, or all (of one channel). */
export const DeliveryRetry = z.object({
  ids: z.array(z.uuid()).min(1).max(1000).optional(),
  channel_id: z.uuid().optional(),
})
export type DeliveryRetry = z.infer<typeof DeliveryRetry>
