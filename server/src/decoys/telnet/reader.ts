import type { TerminalSize } from '../decoy.js'
import { createNegotiation } from './negotiation.js'
import { ARE_YOU_THERE, DONT, IAC, KEYS, SB, SE, WILL, WINDOW_SIZE } from './protocol.js'

/** What a client sent. */
export interface TelnetInput {
  /** What was typed, without commands; a key that ends a line is one CR. */
  data: Buffer
  /** To be sent at once. */
  answer: Buffer
  /** Where the client stated it (RFC 1073). */
  size: TerminalSize | null
}

export interface TelnetReader {
  take(bytes: Buffer): TelnetInput
}

/** Bytes of a subnegotiation that are kept; what is beyond is ignored. */
const MAX_SUBNEGOTIATION = 64
const MAX_COLUMNS = 1_000
const MAX_ROWS = 1_000
const NUL = 0
const LF = 10
const CR = 13

type State = 'data' | 'after CR' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation command'

interface Collected {
  data: number[]
  answer: number[]
  size: TerminalSize | null
}

/** Reads the bytes of a client, in parts of any size. Any bytes are accepted. */
export function createTelnetReader(): TelnetReader {
  const negotiation = createNegotiation()
  let state: State = 'data'
  let verb = 0
  let parameters: number[] = []

  function takeData(byte: number, { data }: Collected): State {
    if (byte === IAC) return 'command'
    data.push(byte)
    return byte === CR ? 'after CR' : 'data'
  }

  function takeCommand(byte: number, { data, answer }: Collected): State {
    if (byte === SB) {
      parameters = []
      return 'subnegotiation'
    }
    if (byte >= WILL && byte <= DONT) {
      verb = byte
      return 'option'
    }
    const key = byte === IAC ? IAC : KEYS.get(byte)
    if (key !== undefined) data.push(key)
    if (byte === ARE_YOU_THERE) answer.push(...negotiation.confirm())
    return 'data'
  }

  function addParameter(byte: number): State {
    if (parameters.length < MAX_SUBNEGOTIATION) parameters.push(byte)
    return 'subnegotiation'
  }

  /** What each state does with a byte; it gives the next state. */
  const steps: Readonly<Record<State, (byte: number, input: Collected) => State>> = {
    data: takeData,
    // CR LF, CR NUL and CR are the same key (RFC 854).
    'after CR': (byte, input) => (byte === LF || byte === NUL ? 'data' : takeData(byte, input)),
    command: takeCommand,
    option(byte, { answer }) {
      answer.push(...negotiation.answerTo(verb, byte))
      return 'data'
    },
    subnegotiation: (byte) => (byte === IAC ? 'subnegotiation command' : addParameter(byte)),
    'subnegotiation command'(byte, input) {
      if (byte === IAC) return addParameter(byte)
      if (byte !== SE) return 'subnegotiation'
      input.size = sizeIn(parameters) ?? input.size
      return 'data'
    },
  }

  return {
    take(bytes) {
      const input: Collected = { data: [], answer: [], size: null }
      for (const byte of bytes) state = steps[state](byte, input)
      return { data: Buffer.from(input.data), answer: Buffer.from(input.answer), size: input.size }
    },
  }
}

/** Of the option and its four bytes; null where it is another option, or no size. */
function sizeIn([
  option,
  widthHigh = 0,
  width = 0,
  heightHigh = 0,
  height,
]: readonly number[]): TerminalSize | null {
  if (option !== WINDOW_SIZE || height === undefined) return null
  const columns = widthHigh * 256 + width
  const rows = heightHigh * 256 + height
  return columns > 0 && columns <= MAX_COLUMNS && rows > 0 && rows <= MAX_ROWS ? { columns, rows } : null
}
