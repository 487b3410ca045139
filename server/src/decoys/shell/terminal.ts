import { WorkExhaustedError } from './limits.js'
import type { Input } from './streams.js'

/** Lines that a program reads at once, in bytes. */
const MAX_TYPED = 1_048_576

/** What the commands of a line write to and read from. */
export interface Terminal {
  output: { write(bytes: string): void; readonly isTerminal: boolean }
  input: Input
  /** Writes even when the line has written all that it may. */
  write(bytes: string): void
  take(): string
  lastLine(): string
  isReading(): boolean
  whenReading(): Promise<void>
  give(line: string | null): void
  giveUp(): void
}

/** @param limit bytes that one line may write; beyond it `output.write` throws WorkExhaustedError. */
export function createTerminal(isTerminal: boolean, limit: number): Terminal {
  let parts: string[] = []
  let size = 0
  let lastLine = ''
  let waiting: ((line: string | null) => void) | null = null
  let announce: (() => void) | null = null
  const add = (bytes: string): void => {
    if (bytes === '') return
    parts.push(bytes)
    lastLine = (bytes.includes('\n') ? '' : lastLine) + bytes.slice(bytes.lastIndexOf('\n') + 1)
    lastLine = lastLine.slice(-80)
  }
  const readLine = (): Promise<string | null> =>
    new Promise((resolve) => {
      waiting = resolve
      announce?.()
    })
  return {
    output: {
      isTerminal,
      write(bytes) {
        const room = limit - size
        size += Math.min(room, bytes.length)
        add(bytes.slice(0, room))
        if (bytes.length > room) throw new WorkExhaustedError('too much output')
      },
    },
    input: {
      isTerminal: true,
      readLine,
      async readAll() {
        const lines: string[] = []
        let typed = 0
        for (;;) {
          const line = await readLine()
          if (line === null || typed > MAX_TYPED) return lines.join('')
          lines.push(line)
          typed += line.length
        }
      },
    },
    write: add,
    take() {
      const text = parts.join('')
      parts = []
      size = 0
      return text
    },
    lastLine: () => lastLine,
    isReading: () => waiting !== null,
    whenReading: () =>
      waiting === null
        ? new Promise((resolve) => {
            announce = resolve
          })
        : Promise.resolve(),
    give(line) {
      const resolve = waiting
      waiting = null
      announce = null
      resolve?.(line)
    },
    giveUp() {
      waiting = null
      announce = null
    },
  }
}
