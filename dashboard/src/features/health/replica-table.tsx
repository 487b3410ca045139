import type { ReplicaSignals } from '@eviltwin/contract'
import { mebibytes } from '../../components/bytes'
import { type DataColumn, DataTable } from '../../components/data-table'
import { When } from '../../components/when'

const COLUMNS: ReadonlyArray<DataColumn<ReplicaSignals>> = [
  {
    name: 'Host',
    cell: (replica) => (
      <>
        {replica.host}
        {replica.leader && <span className="text-muted"> leader</span>}
      </>
    ),
  },
  {
    name: 'Memory',
    className: ' tabular-nums',
    cell: (replica) => (
      <>
        {mebibytes(replica.memory_bytes)} of {mebibytes(replica.memory_limit_bytes)}
      </>
    ),
  },
  {
    name: 'Event loop p99',
    className: ' tabular-nums',
    cell: (replica) => <>{replica.event_loop_delay_p99_ms.toFixed(1)} ms</>,
  },
  { name: 'Ingest queue', className: ' tabular-nums', cell: (replica) => replica.ingest_queue },
  {
    name: 'Disk free',
    className: ' tabular-nums',
    cell: (replica) => (replica.disk_free_bytes === null ? 'elsewhere' : mebibytes(replica.disk_free_bytes)),
  },
  { name: 'Clock', className: ' tabular-nums', cell: (replica) => skewInWords(replica.clock_skew_ms) },
  { name: 'Started', cell: (replica) => <When at={replica.started_at} /> },
]

/** Of a replica's clock against the clock of the database. */
function skewInWords(skewMs: number | null | undefined): string {
  if (skewMs === null || skewMs === undefined) return 'not measured'
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1)
  if (seconds === '0.0') return 'synchronized'
  return `${seconds} s ${skewMs > 0 ? 'ahead' : 'behind'}`
}

/** The saturation of each replica: how much of its memory, event loop, queue and disk is used; and how its clock differs. */
export function ReplicaTable({ replicas }: { replicas: readonly ReplicaSignals[] }) {
  return <DataTable rows={replicas} keyOf={(replica) => replica.id} columns={COLUMNS} />
}
