import type { Event, Recording, SessionDetail } from '@eviltwin/contract'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useMay } from '../../app/context/me'
import { SignedBars } from '../../charts/signed-bars'
import { Panel } from '../../components/panel'
import { Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { useFeed } from '../live-feed/feed'
import { useReadOnChange } from '../live-feed/session-changes'
import { Chat } from './chat'
import { SessionRecordings } from './recording/session-recordings'
import { SessionCredentials } from './session-credentials'
import { SessionFacts } from './session-facts'
import { SessionFiles } from './session-files'
import { SessionHead } from './session-head'
import { SessionStatements } from './session-statements'
import { SessionTechniques } from './session-techniques'
import { SessionTimeline } from './session-timeline'
import { TerminalReplay } from './terminal-replay'
import { TriagePanel } from './triage-panel'

const RECORDINGS_POLL_MS = { fed: 15_000, alone: 3_000 }
const RUNS_MS = 3_600_000

/** Everything about one session; its events are fetched page after page. */
export function SessionPage() {
  const { id } = useParams({ from: '/dashboard/sessions/$id' })
  useTitle('Session')
  const { connected, sessionChanges } = useFeed()
  const detail = useQuery({
    queryKey: ['session', id],
    queryFn: () => answerOf(api.GET('/sessions/{id}', { params: { path: { id }, query: { limit: 1 } } })),
  })
  const pages = usePages(['session', id, 'events'], (cursor) =>
    answerOf(api.GET('/sessions/{id}/events', { params: { path: { id }, query: cursor } })),
  )
  const recordings = useQuery({
    queryKey: ['session', id, 'recordings'],
    queryFn: () => answerOf(api.GET('/sessions/{id}/recordings', { params: { path: { id } } })),
    // One may begin while the session runs; the live feed says so while it is there.
    refetchInterval:
      detail.data && mayRun(detail.data) ? RECORDINGS_POLL_MS[connected ? 'fed' : 'alone'] : false,
  })
  const isShort = (pages.data?.pages.length ?? 0) <= 1
  useReadOnChange(sessionChanges, id, () =>
    Promise.all([detail.refetch(), recordings.refetch(), isShort && pages.refetch()]),
  )
  const events = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data])
  const failed = [detail, pages].find(({ error, data }) => error !== null && data === undefined)
  if (failed?.error) return <Failed error={failed.error} onRetry={failed.refetch} />
  if (!detail.data || !pages.data) return <Skeleton lines={10} />
  return (
    <Detail
      session={detail.data}
      events={events}
      recordings={recordings}
      onMore={pages.hasNextPage ? () => void pages.fetchNextPage() : null}
    />
  )
}

/** Sessions of some sensors are never closed. */
function mayRun({ ended_at, last_seen_at }: SessionDetail): boolean {
  return ended_at === null && Date.now() - Date.parse(last_seen_at) < RUNS_MS
}

function Detail({
  session,
  events,
  recordings,
  onMore,
}: {
  session: SessionDetail
  events: readonly Event[]
  recordings: UseQueryResult<{ items: Recording[] }>
  onMore: (() => void) | null
}) {
  const isAnalyst = useMay('analyst')
  return (
    <>
      <SessionHead session={session} events={events} isPart={onMore !== null} />
      <SessionFacts session={session} />
      <div className="grid gap-4 xl:grid-cols-[3fr_2fr]">
        <div className="grid min-w-0 content-start gap-4">
          <SessionRecordings
            of={recordings}
            events={events}
            replay={session.command_count > 0 && <TerminalReplay events={events} isPart={onMore !== null} />}
          />
          <SessionTimeline events={events} total={session.event_count} onMore={onMore} />
        </div>
        <div className="grid min-w-0 content-start gap-4">
          <Panel
            title="Score breakdown"
            aside={<span className="text-xs text-muted">{session.score.scorer}</span>}
          >
            <SignedBars reasons={session.score.reasons} />
          </Panel>
          {isAnalyst && <TriagePanel sessionId={session.id} />}
          {isAnalyst && <Chat sessionId={session.id} />}
          <SessionStatements session={session} />
          <SessionCredentials session={session} />
          <SessionFiles session={session} />
          <SessionTechniques session={session} />
        </div>
      </div>
    </>
  )
}
