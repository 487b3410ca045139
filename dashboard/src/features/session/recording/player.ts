import type { RecordingFrame } from '@eviltwin/contract'
import type { Screen } from './emulator'
import { createScreenWriter } from './screen-writer'
import { createTicker } from './ticker'
import { createTimeline, type Timeline } from './timeline'

/** What a player shows. Times are seconds, in which pauses are cut to the idle limit. */
export interface PlayerState {
  screen: Screen
  /** What was typed last: the input, which the screen need not show. */
  typed: string
  position: number
  duration: number
  isPlaying: boolean
  /** It stays at the end while the recording grows. */
  isFollowing: boolean
  speed: number
  /** Seconds that a pause lasts at most; null: as long as it did. */
  idleLimit: number | null
}

/** Plays the events of a recording on a terminal. */
export interface Player extends Pick<Timeline, 'positionOf' | 'lineEnds'> {
  state(): PlayerState
  /** @param changed is called whenever the state is another one. @returns ends that. */
  subscribe(changed: () => void): () => void
  /** Adds what follows what it has. */
  add(frames: readonly RecordingFrame[]): void
  /** Plays or pauses; at the end it plays from the beginning. */
  toggle(): void
  seek(position: number): void
  /** Pauses, and goes to the next event (1) or the one before (-1). */
  step(direction: 1 | -1): void
  /** Goes to the end, and stays there while the recording grows. */
  follow(): void
  setSpeed(speed: number): void
  /** Stays at the same event. */
  setIdleLimit(seconds: number | null): void
  /** Everything on the screen and above it. */
  text(): string
}

export interface PlayerOptions {
  columns: number
  rows: number
  /** Milliseconds that only grow. */
  now: () => number
  /** Calls back soon, commonly when the next picture is drawn. */
  soon: (call: () => void) => void
}

const IDLE_SECONDS = 2

export function createPlayer({ columns, rows, now, soon }: PlayerOptions): Player {
  const timeline = createTimeline(IDLE_SECONDS)
  const writer = createScreenWriter({
    columns,
    rows,
    event: timeline.event,
    target: () => timeline.countUpTo(state().position),
    isSeen: () => shown.isSeen(),
    onScreen: (screen, typed) => change({ screen, typed }),
    now,
  })
  const shown = createShownState(writer.screen())
  const { state, change } = shown
  const ticker = createTicker({
    isPlaying: () => state().isPlaying && shown.isSeen(),
    onTick(seconds) {
      const position = state().position + seconds * state().speed
      if (position >= state().duration) change({ isPlaying: false })
      moveTo(position)
    },
    now,
    soon,
  })

  function moveTo(position: number): void {
    change({ position: Math.min(Math.max(0, position), state().duration) })
    writer.catchUp()
  }

  return {
    positionOf: timeline.positionOf,
    lineEnds: timeline.lineEnds,
    state,
    subscribe(changed) {
      const end = shown.subscribe(changed)
      ticker.start()
      writer.catchUp()
      return end
    },
    add(more) {
      timeline.add(more)
      change({ duration: timeline.duration() })
      if (state().isFollowing) moveTo(state().duration)
    },
    toggle() {
      const isAtEnd = state().position >= state().duration
      change({ isPlaying: !state().isPlaying, isFollowing: false })
      if (state().isPlaying && isAtEnd) moveTo(0)
      ticker.start()
    },
    seek(position) {
      change({ isFollowing: false })
      moveTo(position)
    },
    step(direction) {
      change({ isPlaying: false, isFollowing: false })
      moveTo(timeline.eventBeside(state().position, direction) ?? (direction === 1 ? state().duration : 0))
    },
    follow() {
      change({ isFollowing: true, isPlaying: false })
      moveTo(state().duration)
    },
    setSpeed: (speed) => change({ speed }),
    setIdleLimit(idleLimit) {
      const recorded = timeline.recordedAt(state().position)
      timeline.setIdleLimit(idleLimit)
      change({ idleLimit, duration: timeline.duration() })
      moveTo(timeline.positionOf(recorded))
    },
    text: writer.text,
  }
}

/** The state of a player, and the listeners of its changes. */
function createShownState(screen: Screen) {
  const listeners = new Set<() => void>()
  let state: PlayerState = {
    screen,
    typed: '',
    position: 0,
    duration: 0,
    isPlaying: false,
    isFollowing: false,
    speed: 1,
    idleLimit: IDLE_SECONDS,
  }
  return {
    state: () => state,
    isSeen: () => listeners.size > 0,
    change(part: Partial<PlayerState>): void {
      state = { ...state, ...part }
      for (const listener of listeners) listener()
    },
    subscribe(changed: () => void): () => void {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
  }
}
