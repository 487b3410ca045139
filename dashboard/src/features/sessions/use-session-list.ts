import { useEffect, useMemo } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { filterQuery, type SessionSearch } from '../../app/context/filters'
import { useTimeRange } from '../../app/context/time'
import { useFeed } from '../live-feed/feed'
import { useReadOnChange } from '../live-feed/session-changes'

/** Sessions in one page of the API's answer. */
export const SESSION_PAGE = 200
const HOUR_MS = 3_600_000

/** What is requested: the filters of the URL within their time, as the API names them. */
export type SessionFilter = ReturnType<typeof filterQuery>

/** The filters of the URL. Without a time in the URL, they are limited to the time range of all pages. */
export function useSessionFilter(search: SessionSearch): SessionFilter {
  const { hours } = useTimeRange()
  // Fixed while the page is shown: the pages of one list must have the same start.
  const from = useMemo(() => new Date(Date.now() - hours * HOUR_MS).toISOString(), [hours])
  const filter = filterQuery(search)
  // An active session may have started before the range, and "before a time" has no start.
  return search.active || search.to || search.started_from ? filter : { from, ...filter }
}

/** Pages of matching sessions, read again when a session changes, and on a timer, while only the first page is loaded: a
 *  reader further down keeps their position. */
export function useSessionList(filter: SessionFilter) {
  const { hours, refetchInterval } = useTimeRange()
  const list = usePages(['sessions', filter, hours], (cursor) =>
    answerOf(
      api.GET('/sessions', {
        // The first page says how many match; those after it would say the same.
        params: {
          query: { ...filter, limit: SESSION_PAGE, ...cursor, ...(!cursor.cursor && { count: 'true' }) },
        },
      }),
    ),
  )
  const { refetch } = list
  const { sessionChanges } = useFeed()
  const onFirstPage = (list.data?.pages.length ?? 0) <= 1
  const isLive = refetchInterval !== false && onFirstPage
  useReadOnChange(sessionChanges, null, isLive ? () => refetch({ cancelRefetch: false }) : null)
  useEffect(() => {
    if (!isLive) return
    const timer = window.setInterval(() => void refetch(), refetchInterval)
    return () => window.clearInterval(timer)
  }, [refetchInterval, isLive, refetch])
  return list
}
