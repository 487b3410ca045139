/** One statement of SQL; `name` prepares it once a connection. */
export interface Statement {
  name?: string
  text: string
  values?: unknown[]
}
