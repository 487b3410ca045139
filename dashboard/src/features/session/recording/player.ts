import type { RecordingFrame } from '@eviltwin/contract'
import { createEmulator, type Emulator, type Screen } from './emulator'

/** What a player shows. Times are seconds of the recording. */
export interface PlayerState {
  screen: Screen
  position: number
  duration: number
  isPlaying: boolean
  /** It stays at the end while the recording grows. */
  isFollowing: boolean
  speed: number
  skipsIdle: boolean
}

/** Plays the events of a recording on a terminal. */
export interface Player {
  state(): PlayerState
  /** @param changed is called whenever the state is another one. @returns ends that. */
  subscribe(changed: () => void): () => void
  /** Adds what follows what it has. */
  add(frames: readonly RecordingFrame[]): void
  /** Plays or pauses; at the end it plays from the beginning. */
  toggle(): void
  seek(position: number): void
  /** Goes to the end, and stays there while the recording grows. */
  follow(): void
  setSpeed(speed: number): void
  setSkipsIdle(skips: boolean): void
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

/** Without an event for so long, the player goes on to the next one. */
export const IDLE_SECONDS = 2
/** Characters that are written before anybody may move to another place. */
const BATCH = 16_384
const MAX_STEP_SECONDS = 0.25
/** While the terminal catches up with the position. */
const SHOWN_EVERY_MS = 50

export function createPlayer({ columns, rows, now, soon }: PlayerOptions): Player {
  const frames: RecordingFrame[] = []
  const listeners = new Set<() => void>()
  let emulator: Emulator = createEmulator(columns, rows)
  let state: PlayerState = {
    screen: emulator.screen(),
    position: 0,
    duration: 0,
    isPlaying: false,
    isFollowing: false,
    speed: 1,
    skipsIdle: true,
  }
  /** Events that the terminal has. */
  let applied = 0
  let isWriting = false
  let lastTick = 0
  let isTicking = false
  let shownAt = Number.NEGATIVE_INFINITY

  function change(part: Partial<PlayerState>): void {
    state = { ...state, ...part }
    for (const listener of listeners) listener()
  }

  /** The number of events up to a time. */
  function countUpTo(time: number): number {
    let [low, high] = [0, frames.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((frames[middle]?.[0] ?? 0) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Brings the terminal to the present position, which may move meanwhile. */
  async function write(): Promise<void> {
    if (isWriting) return
    isWriting = true
    for (;;) {
      const target = countUpTo(state.position)
      if (applied === target || listeners.size === 0) break
      if (applied > target) restart()
      await writeBatch(target)
      if (applied >= countUpTo(state.position) || now() - shownAt >= SHOWN_EVERY_MS) show()
    }
    isWriting = false
  }

  function show(): void {
    shownAt = now()
    change({ screen: emulator.screen() })
  }

  function restart(): void {
    emulator = createEmulator(columns, rows)
    applied = 0
  }

  async function writeBatch(target: number): Promise<void> {
    let text = ''
    while (applied < target && text.length < BATCH) {
      const [, code, data] = frames[applied] ?? [0, 'm', '']
      if (code === 'r') {
        if (text !== '') break
        const [toColumns = 0, toRows = 0] = data.split('x').map(Number)
        emulator.resize(toColumns, toRows)
      }
      if (code === 'o') text += data
      applied += 1
    }
    await emulator.write(text)
  }

  function moveTo(position: number): void {
    change({ position: Math.min(Math.max(0, position), state.duration) })
    void write()
  }

  function schedule(): void {
    if (isTicking || listeners.size === 0 || !state.isPlaying) return
    isTicking = true
    lastTick = now()
    soon(tick)
  }

  function tick(): void {
    isTicking = false
    if (!state.isPlaying) return
    const time = now()
    // A page that was hidden goes on where it was.
    const step = Math.min(MAX_STEP_SECONDS, (time - lastTick) / 1000) * state.speed
    const position = afterIdle(state.position + step)
    if (position >= state.duration) change({ isPlaying: false })
    moveTo(position)
    schedule()
  }

  /** Beyond the part of a pause that is played. */
  function afterIdle(position: number): number {
    if (!state.skipsIdle) return position
    const next = countUpTo(position)
    const before = frames[next - 1]?.[0] ?? 0
    const behind = frames[next]?.[0]
    const isIdle = behind !== undefined && position - before >= IDLE_SECONDS
    return isIdle ? behind : position
  }

  return {
    state: () => state,
    subscribe(changed) {
      listeners.add(changed)
      schedule()
      void write()
      return () => listeners.delete(changed)
    },
    add(more) {
      for (const frame of more) frames.push(frame)
      const duration = frames.at(-1)?.[0] ?? 0
      change({ duration })
      if (state.isFollowing) moveTo(duration)
    },
    toggle() {
      const isAtEnd = state.position >= state.duration
      change({ isPlaying: !state.isPlaying, isFollowing: false })
      if (state.isPlaying && isAtEnd) moveTo(0)
      schedule()
    },
    seek(position) {
      change({ isFollowing: false })
      moveTo(position)
    },
    follow() {
      change({ isFollowing: true, isPlaying: false })
      moveTo(state.duration)
    },
    setSpeed: (speed) => change({ speed }),
    setSkipsIdle: (skipsIdle) => change({ skipsIdle }),
    text: () => emulator.text(),
  }
}
