import type { Recording, RecordingFrame } from '@eviltwin/contract'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { answerOf, api } from '../../../api/client'
import { createPlayer, type Player, type PlayerState } from './player'

/** A recording as it is loaded and played. */
export interface PlayedRecording {
  player: Player
  state: PlayerState
  /** As last received. */
  recording: Recording
  /** Whether everything that there is was received. */
  isLoaded: boolean
  missingChunks: number
  /** Why the last attempt failed; it goes on by itself. */
  failure: Error | null
}

/** A key reaches the screen within this, the interval of its sensor and the time of a request. */
const LIVE_POLL_MS = 1_000
/** Of a recording that has not grown for ten minutes, and after a failure. */
const SLOW_POLL_MS = 10_000
const QUIET_MS = 600_000

interface Loaded {
  recording: Recording
  isLoaded: boolean
  missingChunks: number
  failure: Error | null
}

/** Loads a recording, and what it grows by while the page is visible. Must be mounted anew for another recording. */
export function useRecording(first: Recording): PlayedRecording {
  const { id, width, height } = first
  const [player] = useState(() =>
    createPlayer({
      columns: width ?? 0,
      rows: height ?? 0,
      now: () => performance.now(),
      soon: (call) => void requestAnimationFrame(call),
    }),
  )
  const [loaded, setLoaded] = useState<Loaded>({
    recording: first,
    isLoaded: false,
    missingChunks: 0,
    failure: null,
  })
  useEffect(() => {
    const ended = new AbortController()
    void load(id, player, ended.signal, setLoaded)
    return () => ended.abort()
  }, [id, player])
  const state = useSyncExternalStore(player.subscribe, player.state)
  return { player, state, ...loaded }
}

async function load(
  id: string,
  player: Player,
  ended: AbortSignal,
  report: (change: (before: Loaded) => Loaded) => void,
): Promise<void> {
  let after = -1
  while (!ended.aborted) {
    let pauseMs = SLOW_POLL_MS
    try {
      const answer = await answerOf(
        api.GET('/recordings/{id}/frames', { params: { path: { id }, query: { after } }, signal: ended }),
      )
      if (ended.aborted) return
      const { recording, frames, has_more, missing_chunks } = answer
      after = answer.next_after
      // The generated types have no tuples.
      player.add(frames as RecordingFrame[])
      report(() => ({ recording, isLoaded: !has_more, missingChunks: missing_chunks, failure: null }))
      if (has_more) continue
      if (recording.is_complete) return
      const isQuiet = Date.now() - Date.parse(recording.last_received_at) > QUIET_MS
      if (!isQuiet) pauseMs = LIVE_POLL_MS
    } catch (error) {
      if (ended.aborted) return
      report((before) => ({ ...before, failure: error as Error }))
    }
    await pause(pauseMs, ended)
    await untilVisible(ended)
  }
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    ended.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
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
