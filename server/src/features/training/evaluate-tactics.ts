import { guessTactics, TACTICS, type Tactic, techniquesOfStatement } from '../scoring/index.js'
import { macroF1, scoreClasses } from './classification.js'
import type { LabelledSession } from './labelled.js'
import { generator, shuffle } from './random.js'
import { trainTactics } from './train-tactics.js'

export interface TacticScore {
  tactic: Tactic
  statements: number
  precision: number
  recall: number
  f1: number
}

/** How well the tactics of statements are recognised, on sessions that were not trained on. */
export interface Evaluation {
  method: 'model' | 'keywords' | 'majority'
  accuracy: number
  macro_f1: number
  tactics: TacticScore[]
}

const FOLDS = 5
const SEED = 7

/** Cross-validated by session, beside the most frequent tactic and the keyword rules. Deterministic. */
export function evaluateTactics(sessions: readonly LabelledSession[]): Evaluation[] {
  const order = sessions.map((_, n) => n)
  shuffle(order, generator(SEED))
  const truth: Tactic[] = []
  const guesses: Record<Evaluation['method'], Tactic[]> = { model: [], keywords: [], majority: [] }
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const held = new Set(order.filter((_, n) => n % FOLDS === fold))
    const training = sessions.filter((_, n) => !held.has(n))
    const model = trainTactics(training)
    const most = mostFrequent(training.flatMap(({ tactics }) => tactics))
    for (const n of held) {
      const { statements, tactics } = sessions[n] as LabelledSession
      truth.push(...tactics)
      guesses.model.push(...guessTactics(model, statements).map(({ tactic }) => tactic))
      guesses.keywords.push(
        ...statements.map((statement) => techniquesOfStatement(statement)[0]?.tactic ?? 'Other'),
      )
      guesses.majority.push(...statements.map(() => most))
    }
  }
  return (['model', 'keywords', 'majority'] as const).map((method) => score(method, truth, guesses[method]))
}

function score(
  method: Evaluation['method'],
  truth: readonly Tactic[],
  guessed: readonly Tactic[],
): Evaluation {
  const right = truth.filter((tactic, n) => guessed[n] === tactic).length
  const tactics = scoreClasses<Tactic>(TACTICS, truth, guessed).map(({ name, actual, ...scores }) => ({
    tactic: name,
    statements: actual,
    ...scores,
  }))
  return {
    method,
    accuracy: truth.length === 0 ? 0 : right / truth.length,
    macro_f1: macroF1(tactics),
    tactics,
  }
}

function mostFrequent(tactics: readonly Tactic[]): Tactic {
  const counts = TACTICS.map((tactic) => tactics.filter((each) => each === tactic).length)
  return TACTICS[counts.indexOf(Math.max(...counts))] ?? 'Other'
}
