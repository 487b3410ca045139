import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/context/me'
import { PageHead } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { AddSensor } from './add-sensor'
import { SensorTable } from './sensor-table'
import { useSensors } from './use-sensors'

/** Every sensor with its activity, and how to add another one. */
export function Sensors() {
  useTitle('Sensors')
  const isAdmin = useMay('admin')
  const sensors = useSensors()
  return (
    <>
      <PageHead title="Sensors">
        {isAdmin && (
          <Link to="/dashboard/settings" search={{ tab: 'keys' }} className="button button-primary">
            Sensor keys
          </Link>
        )}
      </PageHead>
      <Loaded of={sensors}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No sensor has sent anything">Add one as described below.</Empty>
          ) : (
            <div className="panel overflow-x-auto">
              <SensorTable sensors={items} />
            </div>
          )
        }
      </Loaded>
      <AddSensor />
    </>
  )
}
