import { Link, useNavigate } from '@tanstack/react-router'
import { Address } from '../../components/address'
import { HostileText } from '../../components/hostile-text'
import { Level } from '../../components/level'
import { Panel } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { timeOfDay, useClock } from '../../components/when'
import { summaryOf } from '../live-feed/alert-summary'
import { useFeed } from '../live-feed/feed'

const SHOWN = 12

/** The newest alerts as the live feed delivers them; each opens on the page of alerts. */
export function LiveAlerts() {
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
          Sessions that become high or critical, and hits on canary tokens, appear here.
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
