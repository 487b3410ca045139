import type { Sensor } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { SparkLine } from '../../charts/spark-line'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { useClock, When } from '../../components/when'

/** A sensor that sent nothing for longer than this is marked. */
const NO_DATA_MS = 3_600_000

/** Sensors, one a row: what they are, when they last sent, and how much. */
export function SensorTable({ sensors }: { sensors: readonly Sensor[] }) {
  const { now } = useClock()
  return (
    <DataTable
      rows={sensors}
      keyOf={({ sensor_id }) => sensor_id}
      columns={[
        {
          name: 'Sensor',
          cell: ({ sensor_id, first_seen_at }) => (
            <Link
              to="/dashboard/sessions"
              search={{ sensor_id, from: first_seen_at }}
              className="link"
              data-row
            >
              <HostileText text={sensor_id} />
            </Link>
          ),
        },
        { name: 'Kind', cell: ({ sensor_kind }) => sensor_kind },
        { name: 'Last received', cell: ({ last_received_at }) => <When at={last_received_at} /> },
        {
          name: 'State',
          cell: ({ last_received_at }) =>
            now - Date.parse(last_received_at) > NO_DATA_MS ? (
              <span className="text-warn">⚠ no data</span>
            ) : (
              <span className="text-good">✓ active</span>
            ),
        },
        {
          name: 'Last 24 hours',
          cell: ({ hourly_events }) => <SparkLine values={hourly_events} what="events in 24 hours" />,
        },
        { name: 'Events', numeric: true, cell: ({ event_count }) => event_count.toLocaleString('en') },
        { name: 'Sessions', numeric: true, cell: ({ session_count }) => session_count.toLocaleString('en') },
        { name: 'Since', cell: ({ first_seen_at }) => <When at={first_seen_at} absolute /> },
      ]}
    />
  )
}
