import type { Sensor } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { SparkLine } from '../../charts/spark-line'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { When } from '../../components/when'
import { SensorState } from './sensor-state'
import { eventsAnHour } from './sensor-words'

/** Sensors, one a row: what they are, whether and when they sent, and how much. */
export function SensorTable({ sensors }: { sensors: readonly Sensor[] }) {
  return (
    <DataTable
      rows={sensors}
      keyOf={({ sensor_id }) => sensor_id}
      columns={[
        {
          name: 'Sensor',
          cell: ({ sensor_id }) => (
            <Link
              from="/dashboard/sensors"
              to="/dashboard/sensors"
              search={(before) => ({ ...before, sensor: sensor_id })}
              className="link"
              resetScroll={false}
              data-row
            >
              <HostileText text={sensor_id} />
            </Link>
          ),
        },
        { name: 'Kind', cell: ({ sensor_kind }) => sensor_kind },
        { name: 'State', cell: (sensor) => <SensorState sensor={sensor} /> },
        {
          name: 'Last event',
          cell: ({ event_count, last_received_at }) => (
            <When at={event_count > 0 ? last_received_at : null} />
          ),
        },
        { name: 'Heartbeat', cell: ({ heartbeat }) => <When at={heartbeat?.received_at ?? null} /> },
        {
          name: 'Last 24 hours',
          cell: ({ hourly_events }) => <SparkLine values={hourly_events} what="events in 24 hours" />,
        },
        { name: 'Events/h', numeric: true, cell: eventsAnHour },
        { name: 'Events', numeric: true, cell: ({ event_count }) => event_count.toLocaleString('en') },
        { name: 'Sessions', numeric: true, cell: ({ session_count }) => session_count.toLocaleString('en') },
        { name: 'Since', cell: ({ first_seen_at }) => <When at={first_seen_at} absolute /> },
      ]}
    />
  )
}
