import { z } from 'zod'
import { IocType } from './ai.js'
import { Timestamp } from './event.js'
import { ThreatLevel } from './vocabulary.js'

/** What a value was in the sessions it was seen in. Only sources and downloads may be exported for blocking. */
export const IndicatorRole = z.enum(['source', 'download', 'mentioned', 'tunnel_target'])
export type IndicatorRole = z.infer<typeof IndicatorRole>

/** Something to look for or to block, and where it was seen. */
export const Indicator = z.object({
  type: IocType,
  value: z.string(),
  first_seen_at: Timestamp,
  last_seen_at: Timestamp,
  threat_level: ThreatLevel.meta({ description: 'The highest of the sessions it was seen in' }),
  threat_score: z.number().meta({ description: 'The highest of the sessions it was seen in, 0 to 1' }),
  role: IndicatorRole,
  sensor_count: z
    .number()
    .int()
    .meta({ description: 'Distinct sensors that saw it, 64 at most; canary tokens are none' }),
  key_count: z
    .number()
    .int()
    .meta({ description: 'Distinct keys that these sensors are bound to; all unbound ones count as one' }),
  expires_at: Timestamp.meta({ description: 'When it leaves the feeds, unless it is seen again' }),
  context: z
    .boolean()
    .meta({ description: 'For reading only: not to be blocked, and no pattern to detect by' }),
  reason: z.string().meta({ description: 'Why it is listed, or why it is only context' }),
})
export type Indicator = z.infer<typeof Indicator>

export const IndicatorList = z.object({ items: z.array(Indicator), next_cursor: z.null() })

const Hours = z.coerce
  .number()
  .int()
  .min(1)
  .max(24 * 90)

/** What a feed holds: seen within the last `hours`, in sessions of at least this level, and not expired (FEEDS_EXPIRY_DAYS). */
export const FeedFilter = z.object({
  hours: Hours.default(24 * 7),
  threat_level: ThreatLevel.default('high').meta({ description: 'Minimum level' }),
})
export type FeedFilter = z.infer<typeof FeedFilter>

export const IndicatorFormat = z.enum(['json', 'csv', 'stix', 'misp'])
export type IndicatorFormat = z.infer<typeof IndicatorFormat>

/** One condition of being listed, in the order in which they are checked. */
export const FeedCheck = z.object({
  check: z.enum(['evidence', 'never_block', 'score', 'sensors', 'keys', 'expiry']),
  passed: z.boolean(),
  detail: z.string(),
})
export type FeedCheck = z.infer<typeof FeedCheck>

/** Why a value is in the feeds, or why it is not. */
export const FeedExplanation = z.object({
  type: IocType,
  value: z.string(),
  listed: z.boolean(),
  checks: z.array(FeedCheck),
  indicator: Indicator.nullable().meta({
    description: 'null where no session shows it as a source or download',
  }),
})
export type FeedExplanation = z.infer<typeof FeedExplanation>

export const FeedExplanationQuery = FeedFilter.extend({
  value: z.string().trim().min(1).max(500).meta({ description: 'Address, domain name, URL or SHA-256' }),
})
export type FeedExplanationQuery = z.infer<typeof FeedExplanationQuery>

export const FeedPreviewQuery = FeedFilter.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export type FeedPreviewQuery = z.infer<typeof FeedPreviewQuery>

/** What must hold of an entry; see FEEDS_* in docs/configuration.md. */
export const FeedPolicy = z.object({
  minimum_score: z.number(),
  minimum_sensors: z.number().int(),
  minimum_keys: z.number().int(),
  expiry_days: z.number().int(),
  includes_documentation_addresses: z.boolean(),
})
export type FeedPolicy = z.infer<typeof FeedPolicy>

/** The newest candidates of a feed, those that are withheld among them. */
export const FeedPreview = z.object({
  items: z.array(FeedExplanation),
  next_cursor: z.null(),
  policy: FeedPolicy,
})
export type FeedPreview = z.infer<typeof FeedPreview>

/** A list of what no export may name, without its entries. */
export const NeverBlockListInfo = z.object({
  name: z.string(),
  version: z.number().int(),
  category: z.enum([
    'special-purpose',
    'documentation',
    'platform',
    'operator',
    'popular',
    'hosting',
    'scanner',
    'allowlist',
  ]),
  type: z.enum(['cidr', 'hostname', 'string']),
  entries: z.number().int(),
  source: z.string().nullable(),
  date: z.string().nullable().meta({ description: 'YYYY-MM-DD' }),
  licence: z.string().nullable(),
})
export type NeverBlockListInfo = z.infer<typeof NeverBlockListInfo>

/** What is in no export until it expires. */
export const FeedAllowance = z.object({
  id: z.uuid(),
  kind: z.enum(['network', 'domain', 'url', 'sha256']),
  value: z.string().meta({
    description: 'CIDR or address; a domain name, which covers the names below it; a URL; or a SHA-256',
  }),
  reason: z.string(),
  created_by: z.string(),
  created_at: Timestamp,
  expires_at: Timestamp.nullable(),
})
export type FeedAllowance = z.infer<typeof FeedAllowance>

export const NewFeedAllowance = z.object({
  value: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'Address, CIDR, domain name, URL or SHA-256' }),
  reason: z.string().trim().min(3, 'at least 3 characters').max(500, 'at most 500 characters'),
  expires_at: z.iso
    .datetime({ offset: true, error: 'a time such as 2026-03-22T00:00:00Z' })
    .nullable()
    .default(null),
})
export type NewFeedAllowance = z.infer<typeof NewFeedAllowance>
