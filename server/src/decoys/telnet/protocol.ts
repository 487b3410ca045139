/** Commands and options of Telnet (RFC 854, 857, 858, 1073). */
export const IAC = 255
const DONT = 254
const DO = 253
const WONT = 252
const WILL = 251
const SB = 250
const SE = 240
const ECHO = 1
const SUPPRESS_GO_AHEAD = 3
const WINDOW_SIZE = 31

/** Bytes of a subnegotiation that are kept; what is beyond is ignored. */
const MAX_SUBNEGOTIATION = 64
/** Answers to one client; one that goes on negotiating gets none. */
const MAX_ANSWERS = 64

/** What a server says first: it echoes, and each character is sent by itself. */
export const OFFER = Buffer.from([IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, IAC, DO, WINDOW_SIZE])

/** What a client sent, without commands. */
export interface TelnetInput {
  data: Buffer
  /** To be sent at once. */
  answer: Buffer
  /** Columns and rows, where the client stated them (RFC 1073). */
  size: { columns: number; rows: number } | null
}

export interface TelnetReader {
  take(bytes: Buffer): TelnetInput
}

type State = 'data' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation command'

/** Reads the bytes of a client, in parts of any size. Any bytes are accepted. */
export function createTelnetReader(): TelnetReader {
  let state: State = 'data'
  let verb = 0
  let parameters: number[] = []
  let answers = 0
  const agreed = new Set<number>()

  function answerTo(option: number): number[] {
    const isOffered = option === ECHO || option === SUPPRESS_GO_AHEAD
    // What was offered or asked before is not answered again (RFC 854): two sides would never end.
    if ((verb === DO && isOffered) || (verb === WILL && option === WINDOW_SIZE)) return []
    if (verb === DONT || verb === WONT || agreed.has(verb * 256 + option) || answers >= MAX_ANSWERS) return []
    agreed.add(verb * 256 + option)
    answers += 1
    if (verb === WILL && option === SUPPRESS_GO_AHEAD) return [IAC, DO, option]
    return [IAC, verb === DO ? WONT : DONT, option]
  }

  function sizeOf(): TelnetInput['size'] {
    const [option, widthHigh = 0, width = 0, heightHigh = 0, height = 0] = parameters
    if (option !== WINDOW_SIZE || parameters.length < 5) return null
    const columns = widthHigh * 256 + width
    const rows = heightHigh * 256 + height
    return columns > 0 && columns <= 1_000 && rows > 0 && rows <= 1_000 ? { columns, rows } : null
  }

  function inCommand(byte: number): State {
    if (byte === SB) {
      parameters = []
      return 'subnegotiation'
    }
    verb = byte
    return byte >= WILL && byte <= DONT ? 'option' : 'data'
  }

  /** What each state does with a byte; it gives the next state. */
  const steps: Readonly<Record<State, (byte: number, input: Collected) => State>> = {
    data(byte, { data }) {
      if (byte === IAC) return 'command'
      data.push(byte)
      return 'data'
    },
    command(byte, { data }) {
      if (byte !== IAC) return inCommand(byte)
      data.push(byte)
      return 'data'
    },
    option(byte, { answer }) {
      answer.push(...answerTo(byte))
      return 'data'
    },
    subnegotiation(byte) {
      if (byte === IAC) return 'subnegotiation command'
      if (parameters.length < MAX_SUBNEGOTIATION) parameters.push(byte)
      return 'subnegotiation'
    },
    'subnegotiation command'(byte, input) {
      if (byte === SE) {
        input.size = sizeOf() ?? input.size
        return 'data'
      }
      if (byte === IAC && parameters.length < MAX_SUBNEGOTIATION) parameters.push(byte)
      return 'subnegotiation'
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

interface Collected {
  data: number[]
  answer: number[]
  size: TelnetInput['size']
}

/** Output as the network virtual terminal has it: CR LF, and a byte 255 twice. */
export function telnetOutput(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/\r?\n/g, '\r\n').replaceAll('\xff', '\xff\xff')
  return Buffer.from(text, 'latin1')
}
