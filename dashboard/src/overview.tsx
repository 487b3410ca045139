import type { DashboardStats, ThreatLevel } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ApiError, type Reader } from './api'
import { LiveAlerts } from './live-alerts'

const REFRESH_MS = 2_000
const LEVELS: readonly ThreatLevel[] = ['critical', 'high', 'medium', 'low']

/** Live totals of the last 24 hours. */
export function Overview({ reader, onExpired }: { reader: Reader; onExpired: () => void }) {
  const options = { refetchInterval: REFRESH_MS, retry: false }
  const stats = useQuery({ queryKey: ['stats'], queryFn: reader.stats, ...options })
  const top = useQuery({ queryKey: ['top'], queryFn: reader.topAttackers, ...options })
  const expired = stats.error instanceof ApiError && stats.error.status === 401
  useEffect(() => {
    if (expired) onExpired()
  }, [expired, onExpired])

  if (stats.isPending) return <p aria-busy="true">Loading …</p>
  return (
    <>
      {stats.error && (
        <p role="alert" className="error">
          {stats.error.message} Trying again.
          {stats.error instanceof ApiError && stats.error.requestId && ` Request ${stats.error.requestId}.`}
        </p>
      )}
      {stats.data && <Totals stats={stats.data} />}
      <LiveAlerts reader={reader} />
      <section aria-labelledby="top-attackers">
        <h2 id="top-attackers">Top attackers</h2>
        {top.data && top.data.items.length > 0 ? (
          <table>
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col" className="number">
                  Events
                </th>
                <th scope="col" className="number">
                  Sessions
                </th>
                <th scope="col">Threat</th>
              </tr>
            </thead>
            <tbody>
              {top.data.items.map((attacker) => (
                <tr key={attacker.source_ip}>
                  <td className="address">{attacker.source_ip}</td>
                  <td className="number">{attacker.events.toLocaleString()}</td>
                  <td className="number">{attacker.sessions.toLocaleString()}</td>
                  <td>
                    <span className={`level ${attacker.threat_level}`}>{attacker.threat_level}</span>{' '}
                    {attacker.threat_score.toFixed(2)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p className="hint">
            Nobody in the last 24 hours. Point a sensor at POST /log, or start with --demo.
          </p>
        )}
      </section>
    </>
  )
}

function Totals({ stats }: { stats: DashboardStats }) {
  const { all_time } = stats
  const totals: ReadonlyArray<readonly [label: string, value: number, allTime?: number]> = [
    ['Events', stats.total_events, all_time.events],
    ['Unique attackers', stats.unique_attackers, all_time.attackers],
    ['Sessions', stats.total_sessions, all_time.sessions],
    ['Active sessions', stats.active_sessions],
  ]
  return (
    <section>
      <h2>Last 24 hours</h2>
      <dl className="totals">
        {totals.map(([label, value, allTime]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd data-testid={label}>{value.toLocaleString()}</dd>
            {allTime !== undefined && <dd className="hint">{allTime.toLocaleString()} in all</dd>}
          </div>
        ))}
      </dl>
      <ul className="levels" aria-label="Sessions by threat level">
        {LEVELS.map((level) => (
          <li key={level}>
            <span className={`level ${level}`}>{level}</span>{' '}
            {stats.sessions_by_level[level].toLocaleString()}
          </li>
        ))}
      </ul>
      {stats.total_events === 0 && all_time.newest_event_at && (
        <p className="hint">
          Nothing happened in the last 24 hours. The newest event is of{' '}
          <time dateTime={all_time.newest_event_at}>
            {new Date(all_time.newest_event_at).toLocaleString()}
          </time>
          .
        </p>
      )}
    </section>
  )
}
