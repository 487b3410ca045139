import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { LazyTimeSeries } from '../../charts/lazy-time-series'
import type { Series } from '../../charts/time-series'
import { nameOfCountry } from '../../components/country'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Level, Score } from '../../components/level'
import { PageHead, Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'

/** Everything one address did. */
export function AttackerPage() {
  const { ip } = useParams({ from: '/dashboard/attackers/$ip' })
  useTitle(ip)
  const { refetchInterval } = useTimeRange()
  const profile = useQuery({
    queryKey: ['attacker', ip],
    queryFn: () => answerOf(api.GET('/attackers/{ip}', { params: { path: { ip } } })),
    refetchInterval,
  })
  const history = profile.data?.score_history
  const times = useMemo(() => (history ?? []).map(({ at }) => Date.parse(at) / 1000), [history])
  const series = useMemo<Series[]>(
    () => [
      {
        name: 'score',
        colour: '--color-accent',
        values: (history ?? []).map(({ threat_score }) => threat_score),
      },
    ],
    [history],
  )
  return (
    <>
      <PageHead title={<span className="font-mono">{ip}</span>}>
        <Link
          to="/dashboard/sessions"
          search={{ src_ip: ip, from: profile.data?.first_seen_at }}
          className="button"
        >
          All its sessions
        </Link>
        <Link to="/dashboard/alerts" search={{ src_ip: ip }} className="button">
          Its alerts
        </Link>
      </PageHead>
      <Loaded of={profile} lines={8}>
        {(attacker) => (
          <div className="grid gap-4 xl:grid-cols-2">
            <Panel title="Profile">
              <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
                <dt className="text-muted">Threat</dt>
                <dd>
                  <Score level={attacker.threat_level} score={attacker.threat_score} />
                </dd>
                <dt className="text-muted">Country</dt>
                <dd>{attacker.geo.country ? nameOfCountry(attacker.geo.country) : 'unknown'}</dd>
                {attacker.geo.asn !== null && (
                  <>
                    <dt className="text-muted">Network</dt>
                    <dd>
                      AS{attacker.geo.asn} {attacker.geo.organization}
                    </dd>
                  </>
                )}
                <dt className="text-muted">First seen</dt>
                <dd>
                  <When at={attacker.first_seen_at} absolute />
                </dd>
                <dt className="text-muted">Last seen</dt>
                <dd>
                  <When at={attacker.last_seen_at} absolute />
                </dd>
                <dt className="text-muted">Events</dt>
                <dd className="tabular-nums">{attacker.event_count.toLocaleString('en')}</dd>
                <dt className="text-muted">Sessions</dt>
                <dd className="tabular-nums">{attacker.session_count.toLocaleString('en')}</dd>
              </dl>
            </Panel>
            <Panel title="Sensors it touched">
              <DataTable
                rows={attacker.sensors}
                keyOf={({ sensor_id }) => sensor_id}
                columns={[
                  {
                    name: 'Sensor',
                    cell: ({ sensor_id }) => (
                      <>
                        <Link
                          to="/dashboard/sessions"
                          search={{ src_ip: ip, sensor_id, from: attacker.first_seen_at }}
                          className="link"
                        >
                          <HostileText text={sensor_id} />
                        </Link>
                      </>
                    ),
                  },
                  { name: 'Sessions', numeric: true, cell: ({ sessions }) => sessions.toLocaleString('en') },
                  { name: 'Last', cell: ({ last_seen_at }) => <When at={last_seen_at} /> },
                ]}
              />
            </Panel>
            <Panel title="Score of its sessions" className="xl:col-span-2">
              <LazyTimeSeries
                label="Score of its sessions over time"
                times={times}
                series={series}
                format={twoDecimals}
                bounds={SCORES}
              />
              <ul className="mt-2 grid gap-x-4 text-sm sm:grid-cols-2 xl:grid-cols-3">
                {[...attacker.score_history]
                  .reverse()
                  .slice(0, 30)
                  .map(({ session_id, at, threat_level }) => (
                    <li key={session_id} className="flex gap-2">
                      <Link
                        to="/dashboard/sessions/$id"
                        params={{ id: session_id }}
                        className="link"
                        data-row
                      >
                        <When at={at} absolute />
                      </Link>
                      <Level level={threat_level} />
                    </li>
                  ))}
              </ul>
            </Panel>
          </div>
        )}
      </Loaded>
    </>
  )
}

const SCORES = [0, 1] as const

function twoDecimals(value: number): string {
  return value.toFixed(2)
}
