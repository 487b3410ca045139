import type { DashboardStats } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { LEVELS, Level } from '../../components/level'
import { When } from '../../components/when'

/** The counts of the time range, in all and by threat level; every number leads to what it counts. */
export function Totals({ stats }: { stats: DashboardStats }) {
  const newest = stats.all_time.newest_event_at
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4 2xl:grid-cols-9">
        {totalsOf(stats).map((total) => (
          <TotalCard key={total.label} total={total} />
        ))}
        {[...LEVELS].reverse().map((level) => (
          <div key={level} className="panel">
            <dt>
              <Level level={level} />
            </dt>
            <dd className="text-2xl font-semibold tabular-nums">
              <Link
                to="/dashboard/sessions"
                search={{ level, from: stats.from, to: stats.to }}
                className="hover:underline"
                aria-label={`${stats.sessions_by_level[level]} sessions that are ${level}`}
              >
                {stats.sessions_by_level[level].toLocaleString('en')}
              </Link>
            </dd>
          </div>
        ))}
      </dl>
      {stats.total_events === 0 && newest && (
        <p className="notice mt-3">
          Nothing happened in this time. The newest event is of <When at={newest} absolute />.
        </p>
      )}
    </>
  )
}

interface Total {
  label: string
  value: number
  to: '/dashboard/sessions' | '/dashboard/attackers' | '/dashboard/sensors' | '/dashboard/alerts'
  search: { from?: string; to?: string; active?: true }
  /** What else is to be said of it, in small. */
  note?: string
}

function totalsOf(stats: DashboardStats): Total[] {
  const { all_time, from, to } = stats
  return [
    {
      label: 'Events',
      value: stats.total_events,
      to: '/dashboard/sensors',
      search: {},
      note: inAll(all_time.events),
    },
    {
      label: 'Unique attackers',
      value: stats.unique_attackers,
      to: '/dashboard/attackers',
      search: { from },
      note: inAll(all_time.attackers),
    },
    {
      label: 'Sessions',
      value: stats.total_sessions,
      to: '/dashboard/sessions',
      search: { from, to },
      note: inAll(all_time.sessions),
    },
    {
      label: 'Active sessions',
      value: stats.active_sessions,
      to: '/dashboard/sessions',
      search: { active: true },
    },
    {
      label: 'Alerts',
      value: stats.alerts.raised,
      to: '/dashboard/alerts',
      search: { from, to },
      note: `${stats.alerts.open.toLocaleString('en')} open in total`,
    },
  ]
}

function inAll(count: number): string {
  return `${count.toLocaleString('en')} total`
}

function TotalCard({ total: { label, value, to, search, note } }: { total: Total }) {
  return (
    <div className="panel">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="text-2xl font-semibold tabular-nums" data-testid={label}>
        <Link to={to} search={search} className="hover:underline">
          {value.toLocaleString('en')}
        </Link>
      </dd>
      {note !== undefined && <dd className="text-sm text-muted">{note}</dd>}
    </div>
  )
}
