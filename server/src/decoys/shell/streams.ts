import { BrokenPipeError } from './limits.js'

/** What a command reads: bytes that are used up by whoever reads them. */
export interface Input {
  /** All that is left. */
  readAll(): Promise<string>
  /** Up to and with the next newline; null at the end. */
  readLine(): Promise<string | null>
  /** Whether a terminal stands behind it, so that programs ask instead of reading. */
  readonly isTerminal: boolean
}

/** Where a command writes bytes. */
export interface Output {
  write(bytes: string): void
  readonly isTerminal: boolean
}

export function textInput(text: string): Input {
  let at = 0
  return {
    isTerminal: false,
    async readAll() {
      const rest = text.slice(at)
      at = text.length
      return rest
    },
    async readLine() {
      if (at >= text.length) return null
      const newline = text.indexOf('\n', at)
      const end = newline === -1 ? text.length : newline + 1
      const line = text.slice(at, end)
      at = end
      return line
    },
  }
}

export const noOutput: Output = { isTerminal: false, write: () => {} }

/** Keeps what is written. Beyond the limit, `write` throws BrokenPipeError. */
export interface CapturedOutput extends Output {
  taken(): string
}

export function createCapture(limitBytes: number, isTerminal = false): CapturedOutput {
  const parts: string[] = []
  let size = 0
  return {
    isTerminal,
    write(bytes) {
      const room = limitBytes - size
      const kept = bytes.length > room ? bytes.slice(0, room) : bytes
      if (kept.length > 0) parts.push(kept)
      size += kept.length
      if (kept.length < bytes.length) throw new BrokenPipeError('pipe is full')
    },
    taken() {
      const text = parts.join('')
      parts.length = 0
      size = 0
      return text
    },
  }
}
