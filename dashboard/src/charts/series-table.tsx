import { Scrollable } from '../components/scrollable'
import type { Series } from './series'

/** The values of a chart as a table, collapsed until somebody opens it. @param times seconds since the epoch. */
export function SeriesTable({
  label,
  times,
  series,
  format,
}: {
  label: string
  times: readonly number[]
  series: readonly Series[]
  format: (value: number) => string
}) {
  return (
    <details className="mt-1 text-xs text-muted">
      <summary className="cursor-pointer">Data table</summary>
      <Scrollable label={`${label}: data table`} className="max-h-48">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              {series.map(({ name }) => (
                <th scope="col" key={name} className="text-right">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {times.map((time, n) => (
              <tr key={time}>
                <td>{new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC</td>
                {series.map(({ name, values }) => {
                  const value = values[n]
                  return (
                    <td key={name} className="text-right tabular-nums">
                      {value === null || value === undefined ? '–' : format(value)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
    </details>
  )
}
