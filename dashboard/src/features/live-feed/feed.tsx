import type { Alert } from '@eviltwin/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { answerOf, api } from '../../api/client'
import { followAlerts } from './alert-feed'
import { tellOutside } from './notify'
import { createSessionChanges, type SessionChanges } from './session-changes'

export interface Feed {
  connected: boolean
  /** The newest alerts, newest first; bounded. */
  alerts: readonly Alert[]
  loaded: boolean
  error: Error | null
  retry: () => unknown
  /** How many came since somebody last looked at the inbox. */
  unseen: number
  markSeen: () => void
  sessionChanges: SessionChanges
}

const KEPT = 200
const KEY = ['newest alerts']
/** Alerts that come in the same moment are drawn together. */
const DRAW_MS = 200

const FeedContext = createContext<Feed | null>(null)

export function useFeed(): Feed {
  const feed = useContext(FeedContext)
  if (!feed) throw new Error('there is no feed here')
  return feed
}

/** One feed for the whole page: the newest alerts, kept up to date, however many come. */
export function FeedProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const [connected, setConnected] = useState(false)
  const [unseen, setUnseen] = useState(0)
  const [sessionChanges] = useState(createSessionChanges)
  const waiting = useRef<Alert[]>([])
  const stored = useQuery({
    queryKey: KEY,
    queryFn: async () =>
      (await answerOf(api.GET('/alerts', { params: { query: { limit: 50 } } }))).items as Alert[],
    staleTime: Number.POSITIVE_INFINITY,
  })
  const loaded = stored.isSuccess

  useEffect(() => {
    if (!loaded) return
    let timer: number | undefined
    const shown = () => queries.getQueryData<Alert[]>(KEY) ?? []
    const draw = () => {
      timer = undefined
      const fresh = waiting.current
      waiting.current = []
      const merged = new Map(fresh.reverse().map((alert) => [alert.id, alert]))
      for (const alert of shown()) if (!merged.has(alert.id)) merged.set(alert.id, alert)
      queries.setQueryData(KEY, [...merged.values()].slice(0, KEPT))
    }
    const show = (alert: Alert) => {
      waiting.current.push(alert)
      if (waiting.current.length > KEPT) waiting.current.shift()
      timer ??= window.setTimeout(draw, DRAW_MS)
    }
    const stop = followAlerts(shown()[0]?.id ?? '0', {
      onAlert: (alert) => {
        show(alert)
        setUnseen((count) => count + 1)
        tellOutside(alert)
      },
      onUpdate: (alert) =>
        queries.setQueryData(
          KEY,
          shown().map((known) => (known.id === alert.id ? alert : known)),
        ),
      onState: setConnected,
      onGap: () => void queries.invalidateQueries({ queryKey: KEY }),
      onSessions: sessionChanges.announce,
    })
    return () => {
      window.clearTimeout(timer)
      stop()
    }
  }, [loaded, queries, sessionChanges])

  const { data, error, refetch } = stored
  const feed = useMemo(
    () => ({
      connected,
      alerts: data ?? [],
      loaded,
      error,
      retry: refetch,
      unseen,
      markSeen: () => setUnseen(0),
      sessionChanges,
    }),
    [connected, data, loaded, error, refetch, unseen, sessionChanges],
  )
  return <FeedContext value={feed}>{children}</FeedContext>
}
