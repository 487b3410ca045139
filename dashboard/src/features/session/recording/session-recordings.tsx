import type { Event, Recording } from '@eviltwin/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Panel } from '../../../components/panel'
import { Failed, Skeleton } from '../../../components/states'

/** The emulator is most of what this page would load. */
const RecordingPlayer = lazy(() =>
  import('./recording-player').then((module) => ({ default: module.RecordingPlayer })),
)

/** The recordings of a session. @param events as far as they are loaded. @param replay what its events show instead; it stays at hand. */
export function SessionRecordings({
  of: query,
  events,
  replay,
}: {
  of: UseQueryResult<{ items: Recording[] }>
  events: readonly Event[]
  replay: ReactNode
}) {
  if (query.isPending) return <Skeleton lines={8} />
  return (
    <>
      {query.error && <Failed error={query.error} onRetry={query.refetch} />}
      <Recordings recordings={query.data?.items ?? []} events={events} replay={replay} />
    </>
  )
}

function Recordings({
  recordings,
  events,
  replay,
}: {
  recordings: readonly Recording[]
  events: readonly Event[]
  replay: ReactNode
}) {
  const [chosen, setChosen] = useState<string | null>(null)
  const shown = recordings.find(({ id }) => id === chosen) ?? recordings[0]
  if (!shown) return replay
  return (
    <>
      <Panel
        title="Terminal recording"
        aside={
          recordings.length > 1 && (
            <select
              className="input"
              aria-label="Recording"
              value={shown.id}
              onChange={(event) => setChosen(event.target.value)}
            >
              {recordings.map(({ id, duration_seconds }, n) => (
                <option key={id} value={id}>
                  {n + 1} of {recordings.length} ({Math.round(duration_seconds)} s)
                </option>
              ))}
            </select>
          )
        }
      >
        <Suspense fallback={<Skeleton lines={8} />}>
          {/* The size of its terminal is known once its first part was received. */}
          <RecordingPlayer key={`${shown.id} ${shown.width}`} first={shown} events={events} />
        </Suspense>
      </Panel>
      {replay && (
        <details>
          <summary className="cursor-pointer text-sm text-muted">Replay of the events</summary>
          {replay}
        </details>
      )}
    </>
  )
}
