import type { Queryable } from '../platform/postgres/database.js'
import type { Statement } from '../platform/postgres/statement.js'

/** What statements made PostgreSQL read. */
export interface Work {
  statements: number
  /** Rows that were read from tables and indexes, whether they matched or not. */
  rows: number
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

/** The same database, which also says what the statements on it cost: in rows, which are the same on every machine, not in time. */
export function counting(database: Queryable): { database: Queryable; work: Work } {
  const work: Work = { statements: 0, rows: 0 }
  return {
    work,
    database: {
      async query<Row extends object>(statement: Statement) {
        work.statements += 1
        const { text, values } = statement
        const [explained] = await database.query<{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }>({
          text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
          ...(values && { values }),
        })
        for (const { Plan } of explained?.['QUERY PLAN'] ?? []) work.rows += rowsOf(Plan)
        return database.query<Row>(statement)
      },
    },
  }
}

function rowsOf(node: PlanNode): number {
  const read =
    node['Relation Name'] === undefined
      ? 0
      : (node['Actual Rows'] +
          (node['Rows Removed by Filter'] ?? 0) +
          (node['Rows Removed by Index Recheck'] ?? 0)) *
        node['Actual Loops']
  return (node.Plans ?? []).reduce((sum, child) => sum + rowsOf(child), read)
}
