import type { ReactNode } from 'react'

/** One column of a table of rows. */
export interface DataColumn<Row> {
  /** Its head, and its identity. */
  name: string
  /** Instead of the name, where the head is more than a word. */
  head?: ReactNode
  /** Numbers stand to the right, digit under digit. */
  numeric?: boolean
  className?: string
  cell: (row: Row) => ReactNode
}

/** Rows under their heads. Lists of thousands are drawn otherwise: see features/sessions/session-rows.tsx. */
export function DataTable<Row>({
  rows,
  keyOf,
  columns,
}: {
  rows: readonly Row[]
  keyOf: (row: Row, index: number) => string
  columns: ReadonlyArray<DataColumn<Row>>
}) {
  return (
    <table className="table">
      <thead>
        <tr>
          {columns.map(({ name, head, numeric }) => (
            <th scope="col" key={name} className={numeric ? 'text-right' : ''}>
              {head ?? name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)}>
            {columns.map(({ name, numeric, className = '', cell }) => (
              <td key={name} className={`${className} ${numeric ? 'text-right tabular-nums' : ''}`}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
