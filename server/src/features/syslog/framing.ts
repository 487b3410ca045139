import { createGrowingBuffer } from '../../platform/sockets/growing-buffer.js'

/** A message as it was cut out of a stream, or the beginning of one. */
export interface Frame {
  bytes: Buffer
  /** How long the whole message is; more than `bytes` has where it is too large, or where the connection ended within it. */
  size: number
}

/** Cuts a stream of bytes into syslog messages. */
export interface Framer {
  /** Takes the next bytes. @returns the messages that end within them. */
  push(chunk: Buffer): Frame[]
  /** The stream ended. @returns what was left of a message. */
  end(): Frame[]
  /** Whether a message has begun and not ended. */
  isWithinMessage(): boolean
}

const LF = 0x0a
const CR = 0x0d
const NUL = 0x00
const SPACE = 0x20
const MAX_COUNT_DIGITS = 9

/**
 * Both framings of RFC 6587, told apart message by message: octet counting (3.4.1: `123 <34>1 ...`) where a number and a space stand before a
 * `<` or a `{`, otherwise lines (3.4.2, non-transparent framing with LF). LF, CR and NUL between two messages are part of none.
 * @param maxBytes of a message; of a longer one the beginning is kept, and memory holds no more than that.
 */
export function createFramer(maxBytes: number): Framer {
  const message = createGrowingBuffer(maxBytes)
  let state: 'between' | 'prefix' | 'counted' | 'line' = 'between'
  /** Of a counted message: bytes that are still to come. */
  let missing = 0
  let prefix: number[] = []

  function complete(size = message.size()): Frame {
    const frame = { bytes: message.take(), size }
    state = 'between'
    return frame
  }

  /** Looks at one byte more of what may be a count. */
  function takePrefix(byte: number): void {
    prefix.push(byte)
    const decision = framingOf(prefix)
    if (decision === 'undecided') return
    if (decision === 'line') {
      message.append(Buffer.from(prefix))
      state = 'line'
    } else {
      message.append(Buffer.of(byte))
      missing = decision - 1
      state = 'counted'
    }
    prefix = []
  }

  /** @returns the position after what was taken. */
  function takeCounted(chunk: Buffer, at: number): number {
    const to = Math.min(chunk.length, at + missing)
    message.append(chunk.subarray(at, to))
    missing -= to - at
    return to
  }

  /** @returns the position after what was taken, and whether the line ended there. */
  function takeLine(chunk: Buffer, at: number): [after: number, ended: boolean] {
    state = 'line'
    message.append(Buffer.from(prefix))
    prefix = []
    const newline = chunk.indexOf(LF, at)
    message.append(chunk.subarray(at, newline < 0 ? chunk.length : newline))
    return newline < 0 ? [chunk.length, false] : [newline + 1, true]
  }

  /** Takes what it can in one go. @returns the position after it, and whether a message ended there. */
  function take(chunk: Buffer, at: number): [after: number, ended: boolean] {
    const byte = chunk[at] as number
    if (state === 'between') {
      if (byte === LF || byte === CR || byte === NUL) return [at + 1, false]
      state = 'prefix'
    }
    if (state === 'prefix' && byte !== LF) {
      takePrefix(byte)
      return [at + 1, isCountedToItsEnd()]
    }
    if (state !== 'counted') return takeLine(chunk, at)
    const after = takeCounted(chunk, at)
    return [after, isCountedToItsEnd()]
  }

  function isCountedToItsEnd(): boolean {
    return state === 'counted' && missing === 0
  }

  return {
    push(chunk) {
      const frames: Frame[] = []
      for (let at = 0; at < chunk.length; ) {
        const [after, ended] = take(chunk, at)
        at = after
        if (ended) frames.push(complete())
      }
      return frames
    },
    end() {
      message.append(Buffer.from(prefix))
      prefix = []
      return state === 'between' ? [] : [complete(message.size() + (state === 'counted' ? missing : 0))]
    },
    isWithinMessage: () => state !== 'between',
  }
}

/** @returns how many bytes are counted, or that it is a line, or that more bytes are needed to say. */
function framingOf(prefix: readonly number[]): number | 'line' | 'undecided' {
  const space = prefix.indexOf(SPACE)
  const digits = space < 0 ? prefix : prefix.slice(0, space)
  const isCount = digits.length <= MAX_COUNT_DIGITS && digits.every(isDigit) && digits[0] !== 0x30
  if (!isCount || digits.length === 0) return 'line'
  if (space < 0 || space === prefix.length - 1) return 'undecided'
  const first = String.fromCharCode(prefix[space + 1] as number)
  return first === '<' || first === '{' ? Number(String.fromCharCode(...digits)) : 'line'
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
