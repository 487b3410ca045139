import { inTurns } from '../../../domain/turns.js'
import { rulesShownBy } from './statement-rules.js'
import { statementsIn } from './statements.js'
import { guessTactic, type Tactic, type TacticModelFile } from './tactic-model.js'

/** One statement of a session's commands, and what it is for. */
export interface ReadStatement {
  event_id: string
  statement: string
  tactic: Tactic
  /** 0..1; null where rules said so, for want of a model. */
  probability: number | null
  techniques: string[]
}

export interface ReadCommands {
  statements: ReadStatement[]
  /** How many of the commands were read, from the first on; the last of them perhaps in part. */
  read: number
}

/** A long session is read up to here. */
const MAX_STATEMENTS = 500
const MAX_CHARACTERS = 256 * 1024
/** A statement costs this much however short it is, in characters. */
const STATEMENT_COST = 64
/** The model looks at a statement and both of its neighbours. */
const GUESS_COST = 3

/**
 * Reads the commands of a session in their order, in turns: statements, their tactic by the model (by rules while there is none), and
 * techniques by rules. At most 500 statements, and commands of 256 Ki characters.
 */
export function readCommands(
  commands: ReadonlyArray<{ event_id: string; command: string }>,
  model: TacticModelFile | null,
  wait?: () => Promise<unknown>,
): Promise<ReadCommands> {
  return inTurns(readingOf(commands, model), wait)
}

function* readingOf(
  commands: ReadonlyArray<{ event_id: string; command: string }>,
  model: TacticModelFile | null,
): Generator<number, ReadCommands> {
  const found: Array<{ event_id: string; text: string; rules: ReturnType<typeof rulesShownBy> }> = []
  let read = 0
  let characters = 0
  for (const { event_id, command } of commands) {
    if (found.length >= MAX_STATEMENTS || characters + command.length > MAX_CHARACTERS) break
    read += 1
    characters += command.length
    for (const parsed of statementsIn(command)) {
      if (found.length >= MAX_STATEMENTS) break
      found.push({ event_id, text: parsed.text, rules: rulesShownBy(parsed) })
      yield STATEMENT_COST + parsed.text.length
    }
  }
  const statements: ReadStatement[] = []
  for (const [n, { event_id, text, rules }] of found.entries()) {
    const guess = model && guessTactic(model, text, found[n - 1]?.text, found[n + 1]?.text)
    statements.push({
      event_id,
      statement: text,
      tactic: guess?.tactic ?? rules[0]?.tactic ?? 'Other',
      probability: guess?.probability ?? null,
      techniques: [...new Set(rules.map(({ technique }) => technique))],
    })
    yield STATEMENT_COST + (model ? GUESS_COST * text.length : 0)
  }
  return { statements, read }
}
