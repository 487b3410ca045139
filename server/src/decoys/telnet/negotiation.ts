import { DO, DONT, ECHO, IAC, SUPPRESS_GO_AHEAD, WILL, WINDOW_SIZE, WONT } from './protocol.js'

/** What is said about options after {@link OFFER}. */
export interface Negotiation {
  /** @param verb DO, DONT, WILL or WONT. @returns bytes to send; none where nothing is to be said. */
  answerTo(verb: number, option: number): readonly number[]
  /** The answer to "are you there". */
  confirm(): readonly number[]
}

/** Answers to one client; one that goes on asking gets none. */
const MAX_ANSWERS = 64
/** As telnetd of GNU inetutils. */
const YES = [...Buffer.from('\r\n[Yes]\r\n')]

/** Agrees to what the server offers, and refuses everything else (RFC 854, 1143). */
export function createNegotiation(): Negotiation {
  const answered = new Set<number>()
  let answers = 0

  return {
    answerTo(verb, option) {
      const isOffered = option === ECHO || option === SUPPRESS_GO_AHEAD
      // What was offered or asked before is not answered again: two sides would never end.
      if ((verb === DO && isOffered) || (verb === WILL && option === WINDOW_SIZE)) return []
      if (verb === DONT || verb === WONT) return []
      if (answered.has(verb * 256 + option) || answers >= MAX_ANSWERS) return []
      answered.add(verb * 256 + option)
      answers += 1
      if (verb === WILL && option === SUPPRESS_GO_AHEAD) return [IAC, DO, option]
      return [IAC, verb === DO ? WONT : DONT, option]
    },
    confirm() {
      if (answers >= MAX_ANSWERS) return []
      answers += 1
      return YES
    },
  }
}
