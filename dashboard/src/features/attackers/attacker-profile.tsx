import type { AttackerDetail } from '@eviltwin/contract'
import { nameOfCountry } from '../../components/country'
import { Score } from '../../components/level'
import { Panel } from '../../components/panel'
import { When } from '../../components/when'

/** How dangerous one attacker is, where it comes from, and how much it did. */
export function AttackerProfile({ attacker }: { attacker: AttackerDetail }) {
  return (
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
  )
}
