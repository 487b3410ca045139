import type { DashboardStats, ThreatLevel } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { SparkLine } from '../../charts/spark-line'
import { Address } from '../../components/address'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { LEVELS, Level, Score } from '../../components/level'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Failed, Loaded, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { timeOfDay, useClock, When } from '../../components/when'
import { summaryOf } from '../live-feed/alert-summary'
import { useFeed } from '../live-feed/feed'
import { useSensors } from '../sensors/use-sensors'
import { Onboarding } from './onboarding'

const Timeline = lazy(async () => ({ default: (await import('./timeline')).Timeline }))
const AttackMap = lazy(async () => ({ default: (await import('./attack-map')).AttackMap }))

/** What happens now, at one look; every number leads to what it counts. */
export function Overview() {
  useTitle('Overview')
  const { range, hours, refetchInterval } = useTimeRange()
  const stats = useQuery({
    queryKey: ['stats', hours],
    queryFn: () => answerOf(api.GET('/dashboard/stats', { params: { query: { hours } } })),
    refetchInterval,
  })
  if (stats.data && stats.data.all_time.events === 0) return <Onboarding />
  return (
    <>
      <PageHead title={`Last ${range}`} />
      <Loaded of={stats} lines={3}>
        {(data) => <Totals stats={data} />}
      </Loaded>
      <div className="mt-4 grid gap-4 xl:grid-cols-[2fr_1fr]">
        <div className="grid min-w-0 content-start gap-4">
          <Panel title="Sessions by threat level">
            <Suspense fallback={<Skeleton lines={5} />}>
              <Timeline />
            </Suspense>
          </Panel>
          <Panel title="Attack map">
            <Suspense fallback={<Skeleton lines={8} />}>
              <AttackMap />
            </Suspense>
          </Panel>
        </div>
        <div className="grid min-w-0 content-start gap-4">
          <LiveAlerts />
          <TopAttackers />
          <Pulse />
        </div>
      </div>
    </>
  )
}

function Totals({ stats }: { stats: DashboardStats }) {
  const { from } = useTimeRange()
  const { all_time } = stats
  const since = { from }
  const totals: ReadonlyArray<{
    label: string
    value: number
    to: '/dashboard/sessions' | '/dashboard/attackers' | '/dashboard/sensors'
    search: { from?: string; active?: true }
    all?: number
  }> = [
    {
      label: 'Events',
      value: stats.total_events,
      to: '/dashboard/sensors',
      search: {},
      all: all_time.events,
    },
    {
      label: 'Unique attackers',
      value: stats.unique_attackers,
      to: '/dashboard/attackers',
      search: since,
      all: all_time.attackers,
    },
    {
      label: 'Sessions',
      value: stats.total_sessions,
      to: '/dashboard/sessions',
      search: since,
      all: all_time.sessions,
    },
    {
      label: 'Active sessions',
      value: stats.active_sessions,
      to: '/dashboard/sessions',
      search: { active: true },
    },
  ]
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4 2xl:grid-cols-8">
        {totals.map(({ label, value, to, search, all }) => (
          <div key={label} className="panel">
            <dt className="text-sm text-muted">{label}</dt>
            <dd className="text-2xl font-semibold tabular-nums" data-testid={label}>
              <Link to={to} search={search} className="hover:underline">
                {value.toLocaleString('en')}
              </Link>
            </dd>
            {all !== undefined && <dd className="text-sm text-muted">{all.toLocaleString('en')} in all</dd>}
          </div>
        ))}
        {[...LEVELS].reverse().map((level: ThreatLevel) => (
          <div key={level} className="panel">
            <dt>
              <Level level={level} />
            </dt>
            <dd className="text-2xl font-semibold tabular-nums">
              <Link
                to="/dashboard/sessions"
                search={{ threat_level: level, from }}
                className="hover:underline"
                aria-label={`${stats.sessions_by_level[level]} sessions that are ${level}`}
              >
                {stats.sessions_by_level[level].toLocaleString('en')}
              </Link>
            </dd>
          </div>
        ))}
      </dl>
      {stats.total_events === 0 && all_time.newest_event_at && (
        <p className="notice mt-3">
          Nothing happened in this time. The newest event is of{' '}
          <When at={all_time.newest_event_at} absolute />.
        </p>
      )}
    </>
  )
}

const SHOWN = 12

function LiveAlerts() {
  const { alerts, loaded, error, retry, connected } = useFeed()
  const { zone } = useClock()
  const navigate = useNavigate()
  return (
    <Panel
      title="Live alerts"
      aside={
        <span className="text-xs text-muted">
          {connected ? 'live' : 'connecting …'} ·{' '}
          <Link className="link" to="/dashboard/alerts">
            all
          </Link>
        </span>
      }
    >
      {error && <Failed error={error} onRetry={retry} />}
      {!loaded && !error && <Skeleton lines={4} />}
      {loaded && alerts.length === 0 && (
        <Empty title="No alerts yet">
          Sessions that become high or critical, and touched canaries, appear here.
        </Empty>
      )}
      <ul className="divide-y divide-line" aria-label="Newest alerts">
        {alerts.slice(0, SHOWN).map((alert) => (
          <li key={alert.id} className="grid grid-cols-[4.5rem_6rem_1fr] items-baseline gap-2 py-1 text-sm">
            <time dateTime={alert.raised_at} className="tabular-nums text-muted">
              {timeOfDay(alert.raised_at, zone)}
            </time>
            <Level level={alert.threat_level} />
            <span className="min-w-0">
              <Address ip={alert.source_ip} /> on <HostileText text={alert.sensor_id} />{' '}
              <button
                type="button"
                className="link text-left"
                onClick={() => void navigate({ to: '/dashboard/alerts', search: { alert: alert.id } })}
              >
                <HostileText text={summaryOf(alert)} />
              </button>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function TopAttackers() {
  const { hours, refetchInterval } = useTimeRange()
  const top = useQuery({
    queryKey: ['top attackers', hours],
    queryFn: () => answerOf(api.GET('/dashboard/top-attackers', { params: { query: { hours, limit: 10 } } })),
    refetchInterval,
  })
  return (
    <Panel title="Top attackers">
      <Loaded of={top}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody in this time" />
          ) : (
            <div className="overflow-x-auto">
              <DataTable
                rows={items}
                keyOf={(attacker) => attacker.source_ip}
                columns={[
                  { name: 'Source', cell: (attacker) => <Address ip={attacker.source_ip} /> },
                  { name: 'Events', numeric: true, cell: (attacker) => attacker.events.toLocaleString('en') },
                  {
                    name: 'Sessions',
                    numeric: true,
                    cell: (attacker) => (
                      <Link to="/dashboard/sessions" search={{ src_ip: attacker.source_ip }} className="link">
                        {attacker.sessions.toLocaleString('en')}
                      </Link>
                    ),
                  },
                  {
                    name: 'Threat',
                    cell: (attacker) => <Score level={attacker.threat_level} score={attacker.threat_score} />,
                  },
                ]}
              />
            </div>
          )
        }
      </Loaded>
    </Panel>
  )
}

function Pulse() {
  const sensors = useSensors()
  return (
    <Panel title="Sensors' pulse">
      <Loaded of={sensors}>
        {({ items }) => (
          <DataTable
            rows={items.slice(0, 10)}
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
              { name: 'Heard', cell: (sensor) => <When at={sensor.last_received_at} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}
