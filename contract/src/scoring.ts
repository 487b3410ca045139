import { z } from 'zod'
import { Timestamp } from './event.js'

/** `stable` below 0.1, `shifted` below 0.25, `drifted` from there on: the customary bounds of the population stability index. */
export const DriftVerdict = z.enum(['stable', 'shifted', 'drifted'])
export type DriftVerdict = z.infer<typeof DriftVerdict>

/** How far recent sessions are from those the model was trained on. */
export const Drift = z.object({
  since: Timestamp,
  sessions: z.number().int().meta({ description: 'How many recent sessions were looked at, at most 2000' }),
  verdict: DriftVerdict,
  level_psi: z.number().meta({ description: 'Population stability index of the threat levels' }),
  features: z
    .array(z.object({ name: z.string(), description: z.string(), psi: z.number() }))
    .meta({ description: 'The most changed first' }),
})
export type Drift = z.infer<typeof Drift>

/** The scorer in use and its drift. */
export const ScoringStatus = z.object({
  model_loaded: z.boolean(),
  scorer: z.string().meta({ description: 'Name and version of what scores now' }),
  trained_on: z
    .object({ sessions: z.number().int(), labelled: z.number().int() })
    .nullable()
    .meta({ description: 'null: no model' }),
  drift: Drift.nullable().meta({ description: 'null: no model, or fewer than 100 sessions in the last day' }),
})
export type ScoringStatus = z.infer<typeof ScoringStatus>
