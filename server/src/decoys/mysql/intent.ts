/** What an attacker uses a MySQL for that is no database. */
export interface MysqlIntent {
  action: string
  /** What would be written to a file of the host. */
  content?: Buffer
}

/** Of a statement, when it is looked at. */
const MAX_LOOKED_AT = 65_536

const PATTERNS: ReadonlyArray<readonly [pattern: RegExp, action: string]> = [
  [/\binto\s+(?:out|dump)file\b/i, 'mysql.write_file'],
  [/\bload_file\s*\(/i, 'mysql.read_file'],
  [/\bload\s+data\b/i, 'mysql.load_data'],
  [/\bsoname\b/i, 'mysql.user_defined_function'],
  [/\bsys_(?:exec|eval|bineval)\s*\(/i, 'mysql.run_program'],
  [/\bset\s+global\s+(?:general_log_file|slow_query_log_file)\b/i, 'mysql.write_log'],
  [/\binstall\s+plugin\b/i, 'mysql.install_plugin'],
  [/\b(?:sleep|benchmark)\s*\(/i, 'mysql.timing_probe'],
]

/** @returns null where the statement is for a database. */
export function intentOfQuery(sql: string): MysqlIntent | null {
  const text = sql.slice(0, MAX_LOOKED_AT)
  const found = PATTERNS.find(([pattern]) => pattern.test(text))
  if (!found) return null
  const hex = /\b0x((?:[0-9a-f]{2}){8,})/i.exec(sql)?.[1]
  if (hex !== undefined) return { action: found[1], content: Buffer.from(hex, 'hex') }
  return found[1] === 'mysql.write_file'
    ? { action: found[1], content: Buffer.from(sql) }
    : { action: found[1] }
}
