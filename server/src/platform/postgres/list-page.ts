import type { Page } from '@eviltwin/contract'
import { pageFrom } from './cursor.js'
import type { Queryable } from './database.js'
import { statementOf } from './query-builder.js'

type Compilable = Parameters<typeof statementOf>[0]

export interface ListPage<Row> {
  /** All rows from the beginning of the page on, in order. */
  rows: { limit(rows: number): Compilable }
  limit: number
  /** The sort keys of a row, of which the cursor of the next page is made. */
  keysOf: (row: Row) => readonly (string | number)[]
  /** All rows that match, wherever the page begins; `null` where nobody asked how many they are. */
  counted: Compilable | null
}

/** Reads a page of a list and, at the same time, how many rows match. */
export async function readPage<Row extends object>(
  database: Queryable,
  { rows, limit, keysOf, counted }: ListPage<Row>,
): Promise<Page<Row>> {
  const [read, totals] = await Promise.all([
    database.query<Row>(statementOf(rows.limit(limit + 1))),
    counted === null ? null : database.query<{ count: number }>(statementOf(counted)),
  ])
  return { ...pageFrom(read, limit, keysOf), ...(totals && { total: totals[0]?.count ?? 0 }) }
}
