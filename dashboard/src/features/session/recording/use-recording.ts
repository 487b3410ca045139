import type { Recording, RecordingFrames } from '@eviltwin/contract'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { answerOf, api } from '../../../api/client'
import { useFeed } from '../../live-feed/feed'
import { createPlayer, type Player, type PlayerState } from './player'
import { createPause, type LoadedRecording, loadRecording } from './recording-loader'

/** A recording as it is loaded and played. */
export interface PlayedRecording extends LoadedRecording {
  player: Player
  state: PlayerState
}

/** Loads a recording, and what it grows by while the page is visible. Must be mounted anew for another recording. */
export function useRecording(first: Recording): PlayedRecording {
  const { id, session_id, width, height } = first
  const { connected, sessionChanges } = useFeed()
  const isAnnounced = useRef(connected)
  isAnnounced.current = connected
  const [player] = useState(() =>
    createPlayer({
      columns: width ?? 0,
      rows: height ?? 0,
      now: () => performance.now(),
      soon: (call) => void requestAnimationFrame(call),
    }),
  )
  const [loaded, setLoaded] = useState<LoadedRecording>({
    recording: first,
    startedAt: null,
    isLoaded: false,
    missingChunks: 0,
    failure: null,
  })
  useEffect(() => {
    const ended = new AbortController()
    const { signal } = ended
    const pause = createPause(signal)
    const unsubscribe = sessionChanges.subscribe(session_id, pause.end)
    void loadRecording({
      async ask(after) {
        await untilVisible(signal)
        const query = { params: { path: { id }, query: { after } }, signal }
        // The generated types have no tuples.
        return (await answerOf(api.GET('/recordings/{id}/frames', query))) as RecordingFrames
      },
      onFrames: player.add,
      report: setLoaded,
      isAnnounced: () => isAnnounced.current,
      pause,
      ended: signal,
      now: Date.now,
    })
    return () => {
      unsubscribe()
      ended.abort()
    }
  }, [id, session_id, player, sessionChanges])
  const state = useSyncExternalStore(player.subscribe, player.state)
  return { player, state, ...loaded }
}

function untilVisible(ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (document.visibilityState !== 'visible' && !ended.aborted) return
      document.removeEventListener('visibilitychange', check)
      resolve()
    }
    document.addEventListener('visibilitychange', check)
    ended.addEventListener('abort', check)
    check()
  })
}
