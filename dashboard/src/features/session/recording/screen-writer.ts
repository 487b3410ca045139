import type { RecordingFrame } from '@eviltwin/contract'
import { createEmulator, type Screen } from './emulator'

/** Writes the events of a recording on a terminal. */
export interface ScreenWriter {
  /** Brings the terminal to its target, which may move meanwhile; at once where it already does. */
  catchUp(): void
  screen(): Screen
  /** Everything on the screen and above it. */
  text(): string
}

export interface ScreenWriterOptions {
  columns: number
  rows: number
  event: (n: number) => RecordingFrame | undefined
  /** How many events the terminal is to have. */
  target: () => number
  /** Whether anybody sees it. */
  isSeen: () => boolean
  /** @param typed what was typed last. */
  onScreen: (screen: Screen, typed: string) => void
  /** Milliseconds that only grow. */
  now: () => number
}

/** Characters that are written before anybody may move to another place. */
const BATCH = 16_384
/** Characters of input that are shown. */
const TYPED = 200
/** While the terminal catches up with its target. */
const SHOWN_EVERY_MS = 50

export function createScreenWriter(options: ScreenWriterOptions): ScreenWriter {
  const { columns, rows, event, target, isSeen, onScreen, now } = options
  let emulator = createEmulator(columns, rows)
  /** Events that the terminal has. */
  let applied = 0
  let typed = ''
  let isWriting = false
  let shownAt = Number.NEGATIVE_INFINITY

  async function write(): Promise<void> {
    isWriting = true
    for (;;) {
      const aim = target()
      if (applied === aim || !isSeen()) break
      if (applied > aim) restart()
      await writeBatch(aim)
      if (applied >= target() || now() - shownAt >= SHOWN_EVERY_MS) show()
    }
    isWriting = false
  }

  function show(): void {
    shownAt = now()
    onScreen(emulator.screen(), typed)
  }

  /** A terminal cannot go back. */
  function restart(): void {
    emulator = createEmulator(columns, rows)
    applied = 0
    typed = ''
  }

  async function writeBatch(aim: number): Promise<void> {
    let text = ''
    while (applied < aim && text.length < BATCH) {
      const [, code, data] = event(applied) ?? [0, 'm', '']
      if (code === 'r') {
        if (text !== '') break
        const [toColumns = 0, toRows = 0] = data.split('x').map(Number)
        emulator.resize(toColumns, toRows)
      }
      if (code === 'o') text += data
      if (code === 'i') typed = (typed + data).slice(-TYPED)
      applied += 1
    }
    await emulator.write(text)
  }

  return {
    catchUp() {
      if (!isWriting) void write()
    },
    screen: () => emulator.screen(),
    text: () => emulator.text(),
  }
}
