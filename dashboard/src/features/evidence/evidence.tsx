import type { EvidenceFile } from '@eviltwin/contract'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMay } from '../../app/context/me'
import { exactBytes } from '../../components/bytes'
import { type DataColumn, DataTable } from '../../components/data-table'
import { More } from '../../components/more'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { EvidenceDialog } from './evidence-dialog'
import { EvidenceFilters } from './evidence-filters'
import { useEvidencePages } from './use-evidence'

const route = getRouteApi('/dashboard/evidence')

/** Files that attackers brought. Nothing here opens or shows one: a file leaves in an archive with a password. */
export function Evidence() {
  useTitle('Evidence')
  const { file, ...filter } = route.useSearch()
  const mayRead = useMay('analyst')
  const navigate = route.useNavigate()
  return (
    <>
      <PageHead title="Evidence" />
      {mayRead ? (
        <>
          <EvidenceFilters
            filter={filter}
            onChange={(next) => void navigate({ search: next, resetScroll: false })}
          />
          <FileList filter={filter} />
        </>
      ) : (
        <Empty title="Files are for analysts">Ask an administrator for the role analyst.</Empty>
      )}
      {mayRead && file !== undefined && (
        <EvidenceDialog sha256={file} onClose={() => void navigate({ search: filter, resetScroll: false })} />
      )}
    </>
  )
}

const COLUMNS: ReadonlyArray<DataColumn<EvidenceFile>> = [
  {
    name: 'SHA-256',
    className: 'font-mono text-xs',
    cell: ({ sha256 }) => (
      <Link to="/dashboard/evidence" search={(now) => ({ ...now, file: sha256 })} className="link">
        {sha256.slice(0, 16)}…
      </Link>
    ),
  },
  { name: 'Type', cell: ({ type }) => type },
  { name: 'Bytes', numeric: true, cell: ({ bytes }) => exactBytes(bytes) },
  { name: 'Sightings', numeric: true, cell: ({ sightings }) => sightings.toLocaleString('en') },
  { name: 'First received', cell: ({ first_received_at }) => <When at={first_received_at} /> },
  { name: 'Last received', cell: ({ last_received_at }) => <When at={last_received_at} /> },
  { name: 'Legal hold', cell: ({ legal_hold }) => (legal_hold ? <span className="chip">held</span> : '') },
]

function FileList({ filter }: { filter: Parameters<typeof useEvidencePages>[0] }) {
  const list = useEvidencePages(filter)
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  const isFiltered = Object.keys(filter).length > 0
  return (
    <>
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={6} />}
      {list.data && rows.length === 0 && isFiltered && (
        <Empty title="No file matches">Change the filter to see others.</Empty>
      )}
      {list.data && rows.length === 0 && !isFiltered && (
        <Empty title="No file is held">
          Decoys send the files that attackers bring. For Cowrie, start eviltwin tail with --downloads.
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="panel overflow-x-auto">
          <DataTable rows={rows} keyOf={({ sha256 }) => sha256} columns={COLUMNS} />
        </div>
      )}
      <More of={list} />
    </>
  )
}
