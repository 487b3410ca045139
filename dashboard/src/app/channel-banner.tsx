import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../api/client'

const EVERY_MS = 60_000

/** Says on every page that an outbound channel does not deliver: whoever relies on it is not notified of anything. */
export function ChannelBanner() {
  const { data } = useQuery({
    queryKey: ['ops alerts', 'operational'],
    queryFn: () => answerOf(api.GET('/ops/alerts', { params: { query: { kind: 'operational' } } })),
    refetchInterval: EVERY_MS,
  })
  const failing = data?.items.find(({ id, state }) => id === 'notifications-failing' && state === 'firing')
  if (!failing) return null
  return (
    <div role="alert" className="notice notice-bad m-4 mb-0">
      <p>
        Notifications are not delivered. {failing.detail}{' '}
        <Link to="/dashboard/operations" className="link">
          Operational alerts
        </Link>
      </p>
    </div>
  )
}
