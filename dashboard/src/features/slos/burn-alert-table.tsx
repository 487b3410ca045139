import type { SloDetail } from '@eviltwin/contract'
import { type DataColumn, DataTable } from '../../components/data-table'

type BurnAlert = SloDetail['burn_alerts'][number]

const COLUMNS: ReadonlyArray<DataColumn<BurnAlert>> = [
  {
    name: 'Windows',
    cell: (alert) => (
      <>
        {alert.long_window} / {alert.short_window}
      </>
    ),
  },
  {
    name: 'Alerts above',
    className: ' tabular-nums',
    cell: (alert) => (
      <>
        {alert.factor}× ({alert.severity})
      </>
    ),
  },
  {
    name: 'Minimum events',
    className: ' tabular-nums',
    cell: (alert) => alert.minimum_events.toLocaleString('en'),
  },
  { name: 'Long', className: ' tabular-nums', cell: (alert) => alert.long_rate?.toFixed(2) ?? '–' },
  { name: 'Short', className: ' tabular-nums', cell: (alert) => alert.short_rate?.toFixed(2) ?? '–' },
  {
    name: 'State',
    cell: (alert) => (alert.firing ? <span className="text-bad">firing</span> : 'inactive'),
  },
]

/** The burn rate of each pair of windows, and the factor above which it alerts. */
export function BurnAlertTable({ alerts }: { alerts: readonly BurnAlert[] }) {
  return (
    <DataTable
      rows={alerts}
      keyOf={(alert) => `${alert.long_window} ${alert.short_window}`}
      columns={COLUMNS}
    />
  )
}
