import type { SensorState } from '@eviltwin/contract'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMay } from '../../app/context/me'
import { More } from '../../components/more'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { AddSensor } from './add-sensor'
import { SensorDialog } from './sensor-dialog'
import { SensorTable } from './sensor-table'
import { useSensorPages } from './use-sensors'

const route = getRouteApi('/dashboard/sensors')

const STATES: ReadonlyArray<readonly [SensorState, string]> = [
  ['active', 'active'],
  ['no_data', 'no data'],
  ['unknown', 'unknown'],
]

/** Every sensor with its activity, and how to add another one. */
export function Sensors() {
  useTitle('Sensors')
  const isAdmin = useMay('admin')
  const { state, sensor } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <>
      <PageHead title="Sensors">
        <label className="flex items-center gap-2 text-sm text-muted">
          State
          <select
            className="input"
            value={state ?? ''}
            onChange={({ target }) =>
              void navigate({
                search: ({ state: _, ...others }) => ({
                  ...others,
                  ...(target.value && { state: target.value as SensorState }),
                }),
              })
            }
          >
            <option value="">all</option>
            {STATES.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {isAdmin && (
          <Link to="/dashboard/settings" search={{ tab: 'keys' }} className="button button-primary">
            Sensor keys
          </Link>
        )}
      </PageHead>
      <SensorList state={state} />
      <AddSensor />
      {sensor !== undefined && (
        <SensorDialog
          sensor_id={sensor}
          onClose={() => void navigate({ search: ({ sensor: _, ...others }) => others, resetScroll: false })}
        />
      )}
    </>
  )
}

function SensorList({ state }: { state: SensorState | undefined }) {
  const list = useSensorPages(state)
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={4} />}
      {list.data && rows.length === 0 && state && (
        <Empty title="No sensor is in this state">Select another state to see the others.</Empty>
      )}
      {list.data && rows.length === 0 && !state && (
        <Empty title="No sensor has sent anything">Add one as described below.</Empty>
      )}
      {rows.length > 0 && (
        <div className="panel overflow-x-auto">
          <SensorTable sensors={rows} />
        </div>
      )}
      <More of={list} />
    </>
  )
}
