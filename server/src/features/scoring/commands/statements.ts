import { parse } from 'shell-quote'

/** Longer commands are read up to here: nobody types more, and what follows is a payload. */
const MAX_COMMAND = 8_192
const MAX_STATEMENTS = 100
const SEPARATORS = new Set([';', ';;', '|', '||', '&&', '&', '|&', '\n'])

/**
 * The statements of a shell command line, as a shell would separate them: quotes and escapes hold, operators part. What is
 * no valid shell is one statement.
 */
export function statementsOf(command: string): string[] {
  const bounded = command.slice(0, MAX_COMMAND)
  const statements: string[][] = [[]]
  try {
    // Variables stay as they are written; their values are the attacker's business.
    for (const token of parse(bounded, (name) => `$${name}`)) {
      const words = statements.at(-1) as string[]
      if (typeof token === 'string') words.push(token)
      else if ('op' in token && SEPARATORS.has(token.op)) statements.push([])
      else if ('pattern' in token) words.push(token.pattern)
      else if ('op' in token) words.push(token.op)
    }
  } catch {
    return bounded.trim() === '' ? [] : [bounded]
  }
  return statements
    .filter((words) => words.length > 0)
    .slice(0, MAX_STATEMENTS)
    .map((words) => words.join(' '))
}
