import { type Column, exportRows } from './export-rows'

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
