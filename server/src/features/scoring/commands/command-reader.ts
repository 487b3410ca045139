import { rulesShownBy } from './statement-rules.js'
import { statementsOf } from './statements.js'
import { guessTactics, type Tactic, type TacticModelFile } from './tactic-model.js'

/** One statement of a session's commands, and what it is for. */
export interface ReadStatement {
  event_id: string
  statement: string
  tactic: Tactic
  /** 0..1; null where rules said so, for want of a model. */
  probability: number | null
  techniques: string[]
}

/** A long session is read up to here. */
const MAX_STATEMENTS = 500

/**
 * Reads the commands of a session in their order: statements, their tactic by the model (by rules while there is none), and
 * techniques by rules. Pure.
 */
export function readCommands(
  commands: ReadonlyArray<{ event_id: string; command: string }>,
  model: TacticModelFile | null,
): ReadStatement[] {
  const statements = commands
    .flatMap(({ event_id, command }) => statementsOf(command).map((parsed) => ({ event_id, parsed })))
    .slice(0, MAX_STATEMENTS)
  const guesses = model
    ? guessTactics(
        model,
        statements.map(({ parsed }) => parsed.text),
      )
    : null
  return statements.map(({ event_id, parsed }, n) => {
    const rules = rulesShownBy(parsed)
    const guess = guesses?.[n]
    return {
      event_id,
      statement: parsed.text,
      tactic: guess?.tactic ?? rules[0]?.tactic ?? 'Other',
      probability: guess?.probability ?? null,
      techniques: [...new Set(rules.map(({ technique }) => technique))],
    }
  })
}
