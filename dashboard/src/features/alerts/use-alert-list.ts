import { useEffect } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import type { readAlertSearch } from '../../app/context/filters'
import { useFeed } from '../live-feed/feed'

const PAGE = 100
/** The list is read again this long after the latest new alert, so a burst causes one request. */
const REREAD_MS = 500

/** Filters of the alert list, as the API names them. */
export type AlertFilter = Omit<ReturnType<typeof readAlertSearch>, 'alert'>

/** Pages of matching alerts. A new alert in the live feed is marked as seen and the list is read again. */
export function useAlertList({ level, ...filter }: AlertFilter) {
  const { alerts: newest, markSeen } = useFeed()
  const list = usePages(['alerts', filter, level], (cursor) =>
    answerOf(
      api.GET('/alerts', {
        params: { query: { ...filter, ...(level && { level: [level] }), limit: PAGE, ...cursor } },
      }),
    ),
  )
  const { refetch } = list
  const newestId = newest[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new alert in the feed means that the list changed
  useEffect(() => {
    markSeen()
    const timer = window.setTimeout(() => void refetch(), REREAD_MS)
    return () => window.clearTimeout(timer)
  }, [newestId, refetch])
  return list
}
