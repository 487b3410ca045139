import type { ShellStatement } from './shell-statement.js'
import { shellStatements, startReading } from './shell-statements.js'

/** A command that holds more is shown up to here. */
const MAX_STATEMENTS = 100
/** A statement is shown so long. */
const MAX_TEXT = 2_000

/**
 * The first statements of a command line, those of `sh -c`, `$(...)` and the like included, as they are shown to analysts: at most 100, of
 * at most 2,000 characters each.
 */
export function* statementsIn(command: string): Generator<ShellStatement, void> {
  let shown = 0
  for (const statement of shellStatements(command, startReading())) {
    shown += 1
    if (shown > MAX_STATEMENTS) break
    yield { ...statement, text: statement.text.slice(0, MAX_TEXT) }
  }
}

/** The same, at once. */
export function statementsOf(command: string): ShellStatement[] {
  return [...statementsIn(command)]
}
