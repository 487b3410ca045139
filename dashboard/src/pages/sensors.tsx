import * as Tabs from '@radix-ui/react-tabs'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../api/client'
import { SparkLine } from '../charts/spark-line'
import { HostileText } from '../parts/hostile-text'
import { PageHead, Panel } from '../parts/panel'
import { Empty, Loaded } from '../parts/states'
import { useTitle } from '../parts/title'
import { useClock, When } from '../parts/when'
import { useMay } from '../shell/me'
import { useTimeRange } from '../shell/time'
import { SENSOR_SETUPS } from './sensor-setups'

/** A sensor that was not heard for so long is worth a look. */
const SILENT_MS = 3_600_000

export function Sensors() {
  useTitle('Sensors')
  const isAdmin = useMay('admin')
  const { now } = useClock()
  const { refetchInterval } = useTimeRange()
  const sensors = useQuery({
    queryKey: ['sensors'],
    queryFn: () => answerOf(api.GET('/sensors')),
    refetchInterval,
  })
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
            <Empty title="No sensor has sent anything">Set one up as told below.</Empty>
          ) : (
            <div className="panel overflow-x-auto">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Sensor</th>
                    <th scope="col">Kind</th>
                    <th scope="col">Heard</th>
                    <th scope="col">State</th>
                    <th scope="col">Last 24 hours</th>
                    <th scope="col" className="text-right">
                      Events
                    </th>
                    <th scope="col" className="text-right">
                      Sessions
                    </th>
                    <th scope="col">Since</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((sensor) => {
                    const silent = now - Date.parse(sensor.last_received_at) > SILENT_MS
                    return (
                      <tr key={sensor.sensor_id}>
                        <td>
                          <Link
                            to="/dashboard/sessions"
                            search={{ sensor_id: sensor.sensor_id, from: sensor.first_seen_at }}
                            className="link"
                            data-row
                          >
                            <HostileText text={sensor.sensor_id} />
                          </Link>
                        </td>
                        <td>{sensor.sensor_kind}</td>
                        <td>
                          <When at={sensor.last_received_at} />
                        </td>
                        <td>
                          {silent ? (
                            <span className="text-warn">⚠ silent</span>
                          ) : (
                            <span className="text-good">✓ heard</span>
                          )}
                        </td>
                        <td>
                          <SparkLine
                            values={sensor.hourly_events}
                            label={`${sensor.hourly_events.reduce((sum, count) => sum + count, 0)} events in 24 hours`}
                          />
                        </td>
                        <td className="text-right tabular-nums">{sensor.event_count.toLocaleString('en')}</td>
                        <td className="text-right tabular-nums">
                          {sensor.session_count.toLocaleString('en')}
                        </td>
                        <td>
                          <When at={sensor.first_seen_at} absolute />
                        </td>
                      </tr>
                    )
                  })}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      <Panel title="Set one up" className="mt-4">
        <Tabs.Root defaultValue="Cowrie">
          <Tabs.List aria-label="Kinds of sensors" className="mb-2 flex flex-wrap gap-1">
            {SENSOR_SETUPS.map(({ name }) => (
              <Tabs.Trigger key={name} value={name} className="tab">
                {name}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {SENSOR_SETUPS.map(({ name, where, text }) => (
            <Tabs.Content key={name} value={name}>
              <p className="mb-2 text-sm text-muted">{where}</p>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
              <pre className="code" tabIndex={0}>
                {text(window.location.origin)}
              </pre>
              <button
                type="button"
                className="button mt-2"
                onClick={() => void navigator.clipboard.writeText(text(window.location.origin))}
              >
                Copy
              </button>
            </Tabs.Content>
          ))}
        </Tabs.Root>
      </Panel>
    </>
  )
}
