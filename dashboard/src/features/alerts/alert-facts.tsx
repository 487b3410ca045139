import type { AlertDetail } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { Address } from '../../components/address'
import { HostileText } from '../../components/hostile-text'
import { Score } from '../../components/level'
import { When } from '../../components/when'

/** What an alert is about: its source and session, the reasons for its score, and its state. */
export function AlertFacts({ alert, onLeave }: { alert: AlertDetail; onLeave: () => void }) {
  return (
    <>
      <p className="flex flex-wrap items-center gap-3">
        <Score level={alert.threat_level} score={alert.threat_score} />
        <Address ip={alert.source_ip} />
        <Link
          to="/dashboard/sessions/$id"
          params={{ id: alert.session_id }}
          className="link"
          onClick={onLeave}
        >
          View session
        </Link>
      </p>
      {alert.detail && (
        <p>
          <HostileText text={alert.detail} />
        </p>
      )}
      <ul className="flex flex-wrap gap-1">
        {alert.reasons.map(({ name, contribution }) => (
          <li key={name} className="chip">
            {name.replaceAll('_', ' ')}{' '}
            <span className="font-mono">
              {contribution < 0 ? '−' : '+'}
              {Math.abs(contribution).toFixed(2)}
            </span>
          </li>
        ))}
      </ul>
      <p className="text-muted">
        Occurred <When at={alert.occurred_at} absolute />, received{' '}
        <When at={alert.event_received_at} absolute />, raised <When at={alert.raised_at} absolute />.
        Happened {alert.occurrence_count.toLocaleString('en')} time
        {alert.occurrence_count === 1 ? '' : 's'}
        {alert.source_count > 1 && ` from ${alert.source_count.toLocaleString('en')} addresses`};{' '}
        {alert.state}
        {alert.assignee && `, assigned to ${alert.assignee}`}.
      </p>
      {alert.suppressed_by && (
        <p>
          Nobody was notified ({alert.suppressed_by.replaceAll('_', ' ')}): {alert.suppressed_because}.
        </p>
      )}
      {alert.source_count > 1 && <AlertSources alert={alert} />}
    </>
  )
}

/** The addresses of the occurrences, as many as the answer has. */
function AlertSources({ alert: { sources, source_count } }: { alert: AlertDetail }) {
  const others = source_count - sources.length
  return (
    <section aria-label="Addresses">
      <ul className="flex flex-wrap gap-x-3 gap-y-1">
        {sources.map((ip) => (
          <li key={ip}>
            <Address ip={ip} />
          </li>
        ))}
        {others > 0 && <li className="text-muted">and {others.toLocaleString('en')} more</li>}
      </ul>
    </section>
  )
}
