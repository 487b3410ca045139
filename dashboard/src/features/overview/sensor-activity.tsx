import { Link } from '@tanstack/react-router'
import { SparkLine } from '../../charts/spark-line'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { When } from '../../components/when'
import { useSensors } from '../sensors/use-sensors'

const SHOWN = 10

/** How many events each sensor sent in each of the last 24 hours, and when the last one arrived. */
export function SensorActivity() {
  const sensors = useSensors(SHOWN)
  return (
    <Panel title="Sensor activity">
      <Loaded of={sensors}>
        {({ items }) => (
          <DataTable
            rows={items}
            keyOf={(sensor) => sensor.sensor_id}
            columns={[
              {
                name: 'Sensor',
                cell: (sensor) => (
                  <>
                    <Link to="/dashboard/sessions" search={{ sensor_id: sensor.sensor_id }} className="link">
                      <HostileText text={sensor.sensor_id} />
                    </Link>
                  </>
                ),
              },
              {
                name: 'Last 24 hours',
                cell: (sensor) => (
                  <>
                    <SparkLine values={sensor.hourly_events} what="events" />
                  </>
                ),
              },
              { name: 'Last received', cell: (sensor) => <When at={sensor.last_received_at} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}
