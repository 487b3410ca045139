import { z } from 'zod'
import { OperationalSeverity } from './channel.js'
import { Timestamp } from './event.js'

/**
 * `met`: the objective holds. `at_risk`: it holds, and its budget burns fast. `breached`: the budget of the window is used up.
 * `no_data`: there was nothing to evaluate; absence is not success.
 */
export const SloState = z.enum(['met', 'at_risk', 'breached', 'no_data'])
export type SloState = z.infer<typeof SloState>

const Counts = z.object({ good: z.number().int(), total: z.number().int() })

/** Burn over one window: 1 means the budget lasts exactly one period. */
export const BurnRate = z.object({
  window: z.string().meta({ examples: ['5m', '1h', '3d'] }),
  rate: z.number().nullable().meta({ description: 'null: no events in the window' }),
  ...Counts.shape,
})

export const BurnAlert = z.object({
  long_window: z.string(),
  short_window: z.string(),
  factor: z.number().meta({ description: 'Both windows must burn faster than this' }),
  severity: OperationalSeverity,
  minimum_events: z
    .number()
    .int()
    .meta({ description: 'Events that the long window must hold to be evaluated' }),
  long_rate: z.number().nullable().meta({
    description: 'Without what gaps cost while the objective has events for less than the long window',
  }),
  short_rate: z.number().nullable(),
  firing: z.boolean(),
})

/**
 * How the events of a gap were estimated: as many per second as in the same hour of the week before, or as in the hour before
 * the gap; `every_minute`: each minute is a bad time slice; `none`: nothing is assumed.
 */
export const GapMethod = z.enum(['same_hour_of_week', 'hour_before', 'every_minute', 'none'])
export type GapMethod = z.infer<typeof GapMethod>

/** The estimate lies between the bounds with a probability of some 95 %. */
const GapEstimate = {
  assumed_bad: z.number().int().meta({ description: 'Events or minutes that count as bad: an estimate' }),
  low: z.number().int().meta({ description: 'Lower bound of the estimate' }),
  high: z.number().int().meta({ description: 'Upper bound of the estimate' }),
}

const SloGap = z.object({ from: Timestamp, to: Timestamp, ...GapEstimate, method: GapMethod })

/** One objective as it stands. Every number is explained in `explanation`, the time of exhaustion first. */
export const SloStatus = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  service: z.string(),
  kind: z.enum(['availability', 'latency', 'time_slices']),
  state: SloState,
  target: z.number().meta({ description: 'Share of events, or minutes, that must be good' }),
  window: z.string(),
  from: Timestamp,
  to: Timestamp,
  exhausted_at: Timestamp.nullable().meta({
    description:
      'When the rest of the budget is gone at the pace of the last hour; null: not within the window',
  }),
  compliance: z
    .number()
    .nullable()
    .meta({ description: 'Share that was good, gaps included; null: no data' }),
  measured: Counts.meta({ description: 'What was recorded' }),
  judged: Counts.meta({ description: 'What was recorded, and what gaps count as' }),
  population: z
    .object({
      description: z
        .string()
        .meta({ description: 'Whose events count, and which of them are good, in words' }),
      since: Timestamp.nullable().meta({
        description:
          'When it replaced another population, before which nothing is stated; null: it never did',
      }),
      apart: z
        .array(
          z.object({
            population: z.enum(['refused_quota', 'client_error', 'unauthenticated', 'unmeasured']),
            requests: z.number().int(),
          }),
        )
        .meta({
          description:
            'Requests of the window that say nothing about the platform, by whose they are; `unmeasured`: alerts of which nobody knows when a client had them',
        }),
    })
    .meta({ description: 'The events that the objective counts' }),
  literal: z
    .object({ ...Counts.shape, compliance: z.number().nullable() })
    .nullable()
    .meta({
      description: 'The same ratio over all requests of the window, whoever sent them; null: not of requests',
    }),
  gaps: z.object({
    seconds: z
      .number()
      .int()
      .meta({ description: 'Seconds in which no process of the platform ran and recorded' }),
    minutes: z.number().int().meta({ description: 'The same in minutes, rounded up' }),
    ...GapEstimate,
    intervals: z.array(SloGap).meta({ description: 'The newest 100' }),
  }),
  percentile: z
    .object({
      quantile: z.number(),
      value_ms: z.number().meta({ description: 'Within 1 %' }),
      objective_ms: z.number(),
    })
    .nullable(),
  budget: z.object({
    allowed: z.number().meta({ description: 'Share of events that may be bad: 1 - target' }),
    consumed: z.number().nullable().meta({ description: '1: all of it' }),
    remaining: z.number().nullable().meta({ description: 'Negative: overspent' }),
  }),
  burn_rates: z.array(BurnRate),
  burn_alerts: z.array(BurnAlert),
  absence: z.object({
    after_minutes: z
      .number()
      .int()
      .meta({ description: 'Without events for longer, absence is worth telling' }),
    last_event_at: Timestamp.nullable(),
    firing: z.boolean(),
  }),
  explanation: z.array(z.string()),
})
export type SloStatus = z.infer<typeof SloStatus>

export const SloDetail = SloStatus.extend({
  history: z.array(
    z.object({
      at: Timestamp,
      compliance: z.number().nullable().meta({ description: 'Over the window that ended then' }),
      budget_remaining: z.number().nullable(),
      good: z
        .number()
        .int()
        .meta({ description: 'In the step that ended then: an hour; less for windows below a day' }),
      total: z.number().int(),
      assumed_bad: z.number().int().meta({ description: 'Of these, what gaps count as' }),
    }),
  ),
  openslo: z.string().meta({ description: 'The objective as an OpenSLO v1 document' }),
})
export type SloDetail = z.infer<typeof SloDetail>
