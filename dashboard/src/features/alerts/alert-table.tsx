import type { Alert } from '@eviltwin/contract'
import { useMay } from '../../app/context/me'
import { Address } from '../../components/address'
import { type DataColumn, DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Level } from '../../components/level'
import { When } from '../../components/when'
import { summaryOf } from '../live-feed/alert-summary'
import type { Selection } from './use-selection'

/** Alerts, one a row; analysts can select them. */
export function AlertTable({
  rows,
  selection,
  onOpen,
}: {
  rows: readonly Alert[]
  selection: Selection
  onOpen: (id: string) => void
}) {
  const isAnalyst = useMay('analyst')
  return (
    <DataTable
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        ...(isAnalyst ? [selectionColumn(rows, selection)] : []),
        { name: 'Occurred', cell: ({ occurred_at }) => <When at={occurred_at} /> },
        { name: 'Received', cell: ({ event_received_at }) => <When at={event_received_at} /> },
        { name: 'Level', cell: ({ threat_level }) => <Level level={threat_level} /> },
        { name: 'Source', cell: ({ source_ip }) => <Address ip={source_ip} /> },
        { name: 'Sensor', cell: ({ sensor_id }) => <HostileText text={sensor_id} /> },
        {
          name: 'Reason',
          className: 'max-w-md truncate',
          cell: (alert) => (
            <button type="button" className="link text-left" data-row onClick={() => onOpen(alert.id)}>
              <HostileText text={summaryOf(alert)} />
            </button>
          ),
        },
        {
          name: 'Count',
          numeric: true,
          cell: ({ occurrence_count }) => occurrence_count.toLocaleString('en'),
        },
        { name: 'State', cell: ({ state }) => state },
        { name: 'Assignee', cell: ({ assignee }) => assignee ?? '–' },
      ]}
    />
  )
}

/** A checkbox a row, and one in the head for all rows. */
function selectionColumn(rows: readonly Alert[], { selected, select, toggle }: Selection): DataColumn<Alert> {
  return {
    name: 'Selected',
    head: (
      <input
        type="checkbox"
        aria-label="Select all"
        checked={selected.size > 0 && selected.size === rows.length}
        onChange={(event) => select(event.target.checked ? rows.map(({ id }) => id) : [])}
      />
    ),
    cell: ({ id, source_ip }) => (
      <input
        type="checkbox"
        aria-label={`Select the alert of ${source_ip}`}
        checked={selected.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  }
}
