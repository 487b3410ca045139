import { saveAs } from '../api/client'
import { type Column, csvOf } from './csv'

/** Saves what is shown, as CSV or JSON. */
export function ExportButtons<Row>({
  name,
  rows,
  columns,
}: {
  name: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
}) {
  return (
    <span className="inline-flex gap-1">
      {(['csv', 'json'] as const).map((format) => (
        <button
          key={format}
          type="button"
          className="button"
          disabled={rows.length === 0}
          onClick={() => exportRows(format, name, rows, columns)}
        >
          <span className="sr-only">Export as </span>
          {format.toUpperCase()}
        </button>
      ))}
    </span>
  )
}

function exportRows<Row>(
  format: 'csv' | 'json',
  name: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  const content = format === 'csv' ? csvOf(rows, columns) : JSON.stringify(rows, null, 2)
  const type = format === 'csv' ? 'text/csv;charset=utf-8' : 'application/json'
  saveAs(new Blob([content], { type }), `${name}.${format}`)
}
