import { TACTICS, type Tactic } from '../scoring/index.js'

/** A session whose statements experts labelled with the tactic each serves. */
export interface LabelledSession {
  /** The whole command line. */
  commands: string
  statements: string[]
  /** One a statement. */
  tactics: Tactic[]
}

const SEPARATOR = /\|\||&&|;|\|/
const LABEL = /([A-Z][A-Za-z ]+?) - (\d+)/g

/**
 * Reads the LogPrecis corpus (Boffa et al., 2023; one JSON object a line): `labels` reads `Tactic - index of its last statement --
 * ...`, where statements are separated by `;`, `|`, `||` and `&&`, quoted or not. Empty statements count and are left out here.
 * @throws {Error} naming the line that is not as described.
 */
export function readLabelled(ndjson: string): LabelledSession[] {
  return ndjson
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, n) => {
      const { commands, labels } = JSON.parse(line) as { commands?: unknown; labels?: unknown }
      if (typeof commands !== 'string' || typeof labels !== 'string') {
        throw new Error(`line ${n + 1} has no commands and labels`)
      }
      const statements = commands.split(SEPARATOR).map((statement) => statement.trim())
      const session: LabelledSession = { commands, statements: [], tactics: [] }
      let next = 0
      for (const [, name = '', last = ''] of labels.matchAll(LABEL)) {
        const tactic = TACTICS.find((candidate) => candidate === name.trim())
        if (!tactic) throw new Error(`line ${n + 1} has the unknown tactic ${name}`)
        for (; next <= Number(last); next += 1) {
          const statement = statements[next]
          if (!statement) continue
          session.statements.push(statement)
          session.tactics.push(tactic)
        }
      }
      return session
    })
}
