import { MAX_COUNTED, type Page } from '@eviltwin/contract'
import { type Expression, sql } from 'kysely'
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
  counted: { limit(rows: number): Expression<unknown> } | null
}

/** Reads a page of a list and, at the same time, how many rows match: exactly up to {@link MAX_COUNTED}, and no further. */
export async function readPage<Row extends object>(
  database: Queryable,
  { rows, limit, keysOf, counted }: ListPage<Row>,
): Promise<Page<Row>> {
  const [read, totals] = await Promise.all([
    database.query<Row>(statementOf(rows.limit(limit + 1))),
    counted === null ? null : countUpTo(database, counted.limit(MAX_COUNTED + 1)),
  ])
  return { ...pageFrom(read, limit, keysOf), ...totals }
}

async function countUpTo(
  database: Queryable,
  matching: Expression<unknown>,
): Promise<Required<Pick<Page<never>, 'total' | 'total_is_exact'>>> {
  const [row] = await database.query<{ count: number }>(
    statementOf(sql`SELECT count(*) FROM ${matching} AS matching`),
  )
  const count = row?.count ?? 0
  return { total: Math.min(count, MAX_COUNTED), total_is_exact: count <= MAX_COUNTED }
}
