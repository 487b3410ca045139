import { CSV_FORM } from '@eviltwin/contract/csv'
import { unparse } from 'papaparse'

export type Cell = string | number | boolean | null | undefined
export interface Column<Row> {
  name: string
  of: (row: Row) => Cell
}

/** A record with the names of the columns, then one a row. */
export function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const names = columns.map(({ name }) => name)
  const records = rows.map((row) => columns.map(({ of }) => of(row)))
  return `${unparse([names, ...records], CSV_FORM)}\r\n`
}
