import type { Recording, RecordingFrame, RecordingFrames } from '@eviltwin/contract'

/** What is known of a recording while it is loaded. */
export interface LoadedRecording {
  /** As last received. */
  recording: Recording
  /** When it began, in milliseconds since the epoch; null where the recording does not say. */
  startedAt: number | null
  /** Whether everything that there is was received. */
  isLoaded: boolean
  missingChunks: number
  /** Why the last attempt failed; it goes on by itself. */
  failure: Error | null
}

export interface RecordingLoaderOptions {
  /** Asks for the frames of the chunks behind a number. */
  ask: (after: number) => Promise<RecordingFrames>
  onFrames: (frames: readonly RecordingFrame[]) => void
  report: (change: (before: LoadedRecording) => LoadedRecording) => void
  /** Whether somebody says when there is more. */
  isAnnounced: () => boolean
  /** Resolves after so many milliseconds; at once where `request` is called after it has begun. */
  pause: Pause
  ended: AbortSignal
  /** Milliseconds since the epoch. */
  now: () => number
}

/** While nobody says when there is more. */
const POLL_MS = 1_000
/** While somebody does, of a recording that has not grown for ten minutes, and after a failure. */
const SLOW_POLL_MS = 10_000
const QUIET_MS = 600_000

/** Loads a recording, and what it grows by until it is complete or `ended`. */
export async function loadRecording(options: RecordingLoaderOptions): Promise<void> {
  const { ask, onFrames, report, isAnnounced, pause, ended, now } = options
  let after = -1
  while (!ended.aborted) {
    let pauseMs = SLOW_POLL_MS
    try {
      const answer = await ask(after)
      if (ended.aborted) return
      const { recording, has_more, missing_chunks, started_at } = answer
      after = answer.next_after
      onFrames(answer.frames)
      report((before) => ({
        recording,
        startedAt: started_at === null ? before.startedAt : Date.parse(started_at),
        isLoaded: !has_more,
        missingChunks: missing_chunks,
        failure: null,
      }))
      if (has_more) continue
      if (recording.is_complete) return
      const isQuiet = now() - Date.parse(recording.last_received_at) > QUIET_MS
      if (!isQuiet && !isAnnounced()) pauseMs = POLL_MS
    } catch (error) {
      if (ended.aborted) return
      report((before) => ({ ...before, failure: error as Error }))
    }
    await pause.wait(pauseMs)
  }
}

/** A pause that somebody can end. */
export interface Pause {
  wait(ms: number): Promise<void>
  /** Ends the pause, or shortens the next one. */
  end(): void
}

/** Between two requests, whatever happens. */
const SHORTEST_PAUSE_MS = 100

/** @param ended ends it for ever. */
export function createPause(ended: AbortSignal): Pause {
  let isOver = false
  let finish = () => {}
  return {
    async wait(ms) {
      await delay(SHORTEST_PAUSE_MS, ended)
      if (!isOver && !ended.aborted) {
        const early = new AbortController()
        finish = () => early.abort()
        await delay(ms - SHORTEST_PAUSE_MS, AbortSignal.any([early.signal, ended]))
      }
      isOver = false
    },
    end() {
      isOver = true
      finish()
    },
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const cut = () => {
      clearTimeout(timer)
      resolve()
    }
    if (signal.aborted) cut()
    else signal.addEventListener('abort', cut, { once: true })
  })
}
