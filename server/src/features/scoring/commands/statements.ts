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
export function statementsOf(command: string): ShellStatement[] {
  const statements: ShellStatement[] = []
  for (const statement of shellStatements(command, startReading())) {
    if (statements.length >= MAX_STATEMENTS) break
    statements.push({ ...statement, text: statement.text.slice(0, MAX_TEXT) })
  }
  return statements
}
