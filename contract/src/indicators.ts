import { z } from 'zod'
import { IocType } from './ai.js'
import { Timestamp } from './event.js'
import { ThreatLevel } from './vocabulary.js'

/** Something to look for or to block, and where it was seen. */
export const Indicator = z.object({
  type: IocType,
  value: z.string(),
  first_seen_at: Timestamp,
  last_seen_at: Timestamp,
  threat_level: ThreatLevel.meta({ description: 'The highest of the sessions it was seen in' }),
})
export type Indicator = z.infer<typeof Indicator>

export const IndicatorList = z.object({ items: z.array(Indicator), next_cursor: z.null() })

const Hours = z.coerce
  .number()
  .int()
  .min(1)
  .max(24 * 90)

/** What a feed holds: seen within the last `hours`, in sessions of at least this level. */
export const FeedFilter = z.object({
  hours: Hours.default(24 * 7),
  threat_level: ThreatLevel.default('high').meta({ description: 'Minimum level' }),
})
export type FeedFilter = z.infer<typeof FeedFilter>

export const IndicatorFormat = z.enum(['json', 'csv', 'stix', 'misp'])
export type IndicatorFormat = z.infer<typeof IndicatorFormat>
