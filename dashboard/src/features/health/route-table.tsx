import type { GoldenSignals } from '@eviltwin/contract'
import { type DataColumn, DataTable } from '../../components/data-table'
import { percent } from '../slos/slo-words'

type RouteSignals = GoldenSignals['routes'][number]

const COLUMNS: ReadonlyArray<DataColumn<RouteSignals>> = [
  { name: 'Route', className: 'font-mono text-xs', cell: ({ route }) => route },
  { name: 'Requests', numeric: true, cell: ({ requests }) => requests.toLocaleString('en') },
  { name: 'per s', numeric: true, cell: ({ requests_per_second }) => requests_per_second.toFixed(2) },
  { name: '5xx', numeric: true, cell: ({ server_error_rate }) => percent(server_error_rate) },
  { name: '4xx', numeric: true, cell: ({ client_error_rate }) => percent(client_error_rate) },
  { name: 'Unanswered', numeric: true, cell: ({ unanswered_rate }) => percent(unanswered_rate) },
  { name: 'p50', numeric: true, cell: ({ p50_ms }) => milliseconds(p50_ms) },
  { name: 'p95', numeric: true, cell: ({ p95_ms }) => milliseconds(p95_ms) },
  { name: 'p99', numeric: true, cell: ({ p99_ms }) => milliseconds(p99_ms) },
]

/** The traffic, errors and latency of each route. */
export function RouteTable({ routes }: { routes: readonly RouteSignals[] }) {
  return (
    <div className="overflow-x-auto">
      <DataTable rows={routes} keyOf={({ route }) => route} columns={COLUMNS} />
    </div>
  )
}

function milliseconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} ms`
}
