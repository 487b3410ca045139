import type { SessionDetail } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { nameOfCountry } from '../../components/country'
import { HostileText } from '../../components/hostile-text'
import { When } from '../../components/when'

/** In one sentence: on which sensor the session was, by which protocols, when, from where and with which clients. */
export function SessionFacts({ session }: { session: SessionDetail }) {
  return (
    <p className="mb-4 text-sm text-muted">
      On{' '}
      <Link to="/dashboard/sessions" search={{ sensor_id: session.sensor_id }} className="link">
        <HostileText text={session.sensor_id} />
      </Link>{' '}
      ({session.sensor_kind}) by <HostileText text={session.protocols.join(', ') || 'an unknown protocol'} />,{' '}
      <When at={session.started_at} absolute /> to <When at={session.last_seen_at} absolute />
      {session.ended_at === null && ', not closed'}
      {session.country && <>, from {nameOfCountry(session.country)}</>}
      {session.clients.length > 0 && (
        <>
          , with <HostileText text={session.clients.join(', ')} className="font-mono" />
        </>
      )}
    </p>
  )
}
