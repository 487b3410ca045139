import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { answerOf, api } from '../api/client'

const EVERY_MS = 60_000

/** Says on every page what is muted or silenced now: a login that was stolen must not do it unseen. */
export function SuppressionBanner() {
  const { data: policy } = useQuery({
    queryKey: ['policy'],
    queryFn: () => answerOf(api.GET('/alerts/policy')),
    refetchInterval: EVERY_MS,
  })
  const { data: silences } = useQuery({
    queryKey: ['ops silences'],
    queryFn: () => answerOf(api.GET('/ops/silences')),
    refetchInterval: EVERY_MS,
  })
  const now = Date.now()
  const mutes = policy?.mutes.filter(({ expires_at }) => now < Date.parse(expires_at)).length ?? 0
  const silenced =
    silences?.items.filter(
      ({ starts_at, ends_at }) => Date.parse(starts_at) <= now && now < Date.parse(ends_at),
    ).length ?? 0
  if (mutes + silenced === 0) return null
  return (
    <section aria-label="Suppressed alerts" className="notice m-4 mb-0">
      <p>
        In force:{' '}
        {joined([
          mutes > 0 && (
            <Link key="mutes" to="/dashboard/settings" search={{ tab: 'policy' }} className="link">
              {counted(mutes, 'mute')} of threat alerts
            </Link>
          ),
          silenced > 0 && (
            <Link key="silences" to="/dashboard/operations" className="link">
              {counted(silenced, 'silence')} of operational alerts
            </Link>
          ),
        ])}
      </p>
    </section>
  )
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function joined(parts: ReadonlyArray<ReactNode>): ReactNode {
  const [first, second] = parts.filter(Boolean)
  return second ? [first, ' and ', second] : first
}
