import { z } from 'zod'
import { featuresOf } from './features.js'

/** ATT&CK tactics that the experts' labels use, and what is none. */
export const TACTICS = [
  'Discovery',
  'Execution',
  'Persistence',
  'Defense Evasion',
  'Impact',
  'Harmless',
  'Other',
] as const
export type Tactic = (typeof TACTICS)[number]

/** The model file: weights of a softmax regression, a row of tactics a feature; four decimals, so that it is the same everywhere. */
export const TacticModelFile = z.object({
  format: z.literal('eviltwin-tactics'),
  version: z.number().int(),
  tactics: z.array(z.enum(TACTICS)),
  bias: z.array(z.number()),
  weights: z.record(z.string(), z.array(z.number())),
})
export type TacticModelFile = z.infer<typeof TacticModelFile>

export interface TacticGuess {
  tactic: Tactic
  /** 0..1. */
  probability: number
}

/** What each statement of a session is for. Pure. */
export function guessTactics(model: TacticModelFile, statements: readonly string[]): TacticGuess[] {
  return statements.map((statement, n) => guessTactic(model, statement, statements[n - 1], statements[n + 1]))
}

/** What a statement between its neighbours is for. Pure. */
export function guessTactic(
  model: TacticModelFile,
  statement: string,
  before: string | undefined,
  after: string | undefined,
): TacticGuess {
  const scores = [...model.bias]
  for (const feature of featuresOf(statement, before, after)) {
    const weights = Object.hasOwn(model.weights, feature) ? model.weights[feature] : undefined
    if (weights)
      for (const [tactic, weight] of weights.entries()) scores[tactic] = (scores[tactic] ?? 0) + weight
  }
  const shares = softmax(scores)
  const best = shares.indexOf(Math.max(...shares))
  return {
    tactic: model.tactics[best] ?? 'Other',
    probability: Math.round((shares[best] ?? 0) * 1000) / 1000,
  }
}

/** Shifted by the largest score, so that none overflows. */
export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - largest))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
