import { featuresOf, softmax, TACTICS, type TacticModelFile } from '../scoring/index.js'
import type { LabelledSession } from './labelled.js'
import { generator, shuffle } from './random.js'

const VERSION = 1
const EPOCHS = 15
const RATE = 0.3
const DECAY = 1e-4
/** A feature that occurs in fewer statements is chance, and would put the corpus itself into the file. */
const MIN_OCCURRENCES = 3
const SEED = 20_260_101

/**
 * Trains a softmax regression by AdaGrad (Duchi, Hazan, Singer 2011). The same sessions in the same order give the same file, bit
 * for bit: the order of examples comes from a seeded generator, and weights are rounded.
 */
export function trainTactics(sessions: readonly LabelledSession[]): TacticModelFile {
  const examples = sessions.flatMap(({ statements, tactics }) =>
    statements.map((statement, n) => ({
      features: featuresOf(statement, statements[n - 1], statements[n + 1]),
      tactic: TACTICS.indexOf(tactics[n] ?? 'Other'),
    })),
  )
  const occurrences = new Map<string, number>()
  for (const { features } of examples) {
    for (const feature of features) occurrences.set(feature, (occurrences.get(feature) ?? 0) + 1)
  }
  const vocabulary = [...occurrences]
    .filter(([, count]) => count >= MIN_OCCURRENCES)
    .map(([feature]) => feature)
  const index = new Map(vocabulary.sort().map((feature, n) => [feature, n]))
  const bias = vocabulary.length
  const weights = Array.from({ length: bias + 1 }, () => TACTICS.map(() => 0))
  const squares = Array.from({ length: bias + 1 }, () => TACTICS.map(() => 1e-8))
  const rows = examples.map(({ features, tactic }) => ({
    active: [...features.flatMap((feature) => index.get(feature) ?? []), bias],
    tactic,
  }))
  const random = generator(SEED)
  const order = rows.map((_, n) => n)
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    shuffle(order, random)
    for (const n of order) learn(rows[n] as (typeof rows)[0], weights, squares)
  }
  return {
    format: 'eviltwin-tactics',
    version: VERSION,
    tactics: [...TACTICS],
    bias: rounded(weights[bias] ?? []),
    weights: Object.fromEntries(vocabulary.map((feature, n) => [feature, rounded(weights[n] ?? [])])),
  }
}

function learn(
  { active, tactic }: { active: number[]; tactic: number },
  weights: number[][],
  squares: number[][],
): void {
  const scores = TACTICS.map((_, t) => active.reduce((sum, feature) => sum + (weights[feature]?.[t] ?? 0), 0))
  const errors = softmax(scores).map((share, t) => share - (t === tactic ? 1 : 0))
  for (const feature of active) {
    const row = weights[feature] as number[]
    const sums = squares[feature] as number[]
    for (const [t, error] of errors.entries()) {
      const gradient = error + DECAY * (row[t] ?? 0)
      sums[t] = (sums[t] ?? 0) + gradient * gradient
      row[t] = (row[t] ?? 0) - (RATE * gradient) / Math.sqrt(sums[t] ?? 1)
    }
  }
}

function rounded(weights: readonly number[]): number[] {
  return weights.map((weight) => Math.round(weight * 10_000) / 10_000)
}
