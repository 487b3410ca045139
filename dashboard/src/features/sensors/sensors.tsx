import * as Tabs from '@radix-ui/react-tabs'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/context/me'
import { SparkLine } from '../../charts/spark-line'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { useClock, When } from '../../components/when'
import { SENSOR_SETUPS } from './sensor-setups'
import { useSensors } from './use-sensors'

/** A sensor that was not heard for so long is worth a look. */
const SILENT_MS = 3_600_000

export function Sensors() {
  useTitle('Sensors')
  const isAdmin = useMay('admin')
  const { now } = useClock()
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
            <Empty title="No sensor has sent anything">Set one up as told below.</Empty>
          ) : (
            <div className="panel overflow-x-auto">
              <DataTable
                rows={items}
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
                  { name: 'Heard', cell: ({ last_received_at }) => <When at={last_received_at} /> },
                  {
                    name: 'State',
                    cell: ({ last_received_at }) =>
                      now - Date.parse(last_received_at) > SILENT_MS ? (
                        <span className="text-warn">⚠ silent</span>
                      ) : (
                        <span className="text-good">✓ heard</span>
                      ),
                  },
                  {
                    name: 'Last 24 hours',
                    cell: ({ hourly_events }) => (
                      <SparkLine values={hourly_events} what="events in 24 hours" />
                    ),
                  },
                  {
                    name: 'Events',
                    numeric: true,
                    cell: ({ event_count }) => event_count.toLocaleString('en'),
                  },
                  {
                    name: 'Sessions',
                    numeric: true,
                    cell: ({ session_count }) => session_count.toLocaleString('en'),
                  },
                  { name: 'Since', cell: ({ first_seen_at }) => <When at={first_seen_at} absolute /> },
                ]}
              />
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
