import { createGrowingBuffer, type GrowingBuffer } from '../../platform/sockets/growing-buffer.js'

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

/**
 * Where a stream stands: between two messages; within what may be a count, which is kept as numbers; within a message of which as many bytes are
 * missing; or within a line.
 */
type State =
  | { in: 'gap' }
  | { in: 'prefix'; prefix: readonly number[] }
  | { in: 'counted'; missing: number }
  | { in: 'line' }

/** A message has ended. */
type Ended = 'ended'
/** What was taken of a chunk: the position after it, and where the stream stands there. */
type Step = [after: number, state: State | Ended]

const LF = 0x0a
const CR = 0x0d
const NUL = 0x00
const SPACE = 0x20
const MAX_COUNT_DIGITS = 9
const GAP: State = { in: 'gap' }
const LINE: State = { in: 'line' }

/**
 * Both framings of RFC 6587, told apart message by message: octet counting (3.4.1: `123 <34>1 ...`) where a number and a space stand before a
 * `<` or a `{`, otherwise lines (3.4.2, non-transparent framing with LF). LF, CR and NUL between two messages are part of none.
 * @param maxBytes of a message; of a longer one the beginning is kept, and memory holds no more than that.
 */
export function createFramer(maxBytes: number): Framer {
  const message = createGrowingBuffer(maxBytes)
  let state: State = GAP

  function complete(missing: number): Frame {
    const size = message.size() + missing
    state = GAP
    return { bytes: message.take(), size }
  }

  return {
    push(chunk) {
      const frames: Frame[] = []
      for (let at = 0; at < chunk.length; ) {
        const [after, next] = step(state, message, chunk, at)
        at = after
        if (next === 'ended') frames.push(complete(0))
        else state = next
      }
      return frames
    },
    end() {
      if (state.in === 'gap') return []
      if (state.in === 'prefix') message.append(Buffer.from(state.prefix))
      return [complete(state.in === 'counted' ? state.missing : 0)]
    },
    isWithinMessage: () => state.in !== 'gap',
  }
}

/** Takes what it can of a chunk in one go; bytes of a message are appended to it. */
function step(state: State, message: GrowingBuffer, chunk: Buffer, at: number): Step {
  const byte = chunk[at] as number
  switch (state.in) {
    case 'counted':
      return takeCounted(state.missing, message, chunk, at)
    case 'line':
      return takeLine(message, chunk, at)
    case 'prefix':
      if (byte !== LF) return [at + 1, stateAfter([...state.prefix, byte], message)]
      message.append(Buffer.from(state.prefix))
      return [at + 1, 'ended']
    case 'gap':
      return [at + 1, isBetweenMessages(byte) ? GAP : stateAfter([byte], message)]
  }
}

function takeCounted(missing: number, message: GrowingBuffer, chunk: Buffer, at: number): Step {
  const after = Math.min(chunk.length, at + missing)
  message.append(chunk.subarray(at, after))
  return [after, countedState(missing - (after - at))]
}

function takeLine(message: GrowingBuffer, chunk: Buffer, at: number): Step {
  const newline = chunk.indexOf(LF, at)
  message.append(chunk.subarray(at, newline < 0 ? chunk.length : newline))
  return newline < 0 ? [chunk.length, LINE] : [newline + 1, 'ended']
}

/** Where a stream stands after the first bytes of a message, of which those that are no count are appended to it. */
function stateAfter(prefix: readonly number[], message: GrowingBuffer): State | Ended {
  const framing = framingOf(prefix)
  if (framing === 'undecided') return { in: 'prefix', prefix }
  if (framing === 'line') {
    message.append(Buffer.from(prefix))
    return LINE
  }
  // The last byte of the prefix is the first one that is counted.
  message.append(Buffer.from(prefix.slice(-1)))
  return countedState(framing - 1)
}

function countedState(missing: number): State | Ended {
  return missing === 0 ? 'ended' : { in: 'counted', missing }
}

function isBetweenMessages(byte: number): boolean {
  return byte === LF || byte === CR || byte === NUL
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
