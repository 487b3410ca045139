import { rulesShownBy } from './statement-rules.js'
import { statementsOf } from './statements.js'
import type { Tactic } from './tactic-model.js'

/**
 * Techniques that a statement is evidence of, the most specific first; of a command line, those of its statements in their order. Pure.
 */
export function techniquesOfStatement(statement: string): ReadonlyArray<{ id: string; tactic: Tactic }> {
  return statementsOf(statement).flatMap((parsed) =>
    rulesShownBy(parsed).map(({ technique, tactic }) => ({ id: technique, tactic })),
  )
}
