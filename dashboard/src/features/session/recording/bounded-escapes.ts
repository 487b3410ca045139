/**
 * Bounds what an escape sequence can cost. A terminal does what a control sequence (ECMA-48 5.4) says as often as its number says, up to 2^31
 * times, and joins any number of combining characters into one cell. However the text is cut, the terminal shows the same.
 * @returns takes text as a terminal receives it, and gives it with numbers that no terminal of our size needs more of.
 */
export function createEscapeBounds(): (text: string) => string {
  let state: 'text' | 'escape' | 'sequence' = 'text'
  /** A sequence that has begun, without what introduces it. */
  let sequence = ''
  /** Repetitions that may be done now. */
  let credit = MOST_CREDIT

  function take(character: string): string {
    if (character === ESCAPE || character === ONE_BYTE_INTRODUCER) {
      const before = leave()
      state = character === ESCAPE ? 'escape' : 'sequence'
      return before
    }
    if (state === 'text') return character
    if (state === 'sequence') return takeInSequence(character)
    state = character === '[' ? 'sequence' : 'text'
    return state === 'sequence' ? '' : ESCAPE + character
  }

  function takeInSequence(character: string): string {
    // A control character within a sequence is done at once; these two end the sequence.
    if (character < SPACE)
      return character === CANCEL || character === SUBSTITUTE ? leave() + character : character
    sequence += character
    return character < FIRST_FINAL && sequence.length <= MAX_SEQUENCE ? '' : leave()
  }

  /** Ends what has begun. What is no complete sequence is left out, so that a terminal is never within one that was not bounded. */
  function leave(): string {
    const ended = sequence
    const former = state
    sequence = ''
    state = 'text'
    if (former === 'escape') return ESCAPE
    return COMPLETE.test(ended) ? `${ESCAPE}[${bounded(ended)}` : ''
  }

  function bounded(ended: string): string {
    if (!REPEATED.test(ended)) return withNumbers(ended, MOST)
    const asked = Number(/\d+/.exec(ended)?.[0] ?? 1)
    const most = Math.max(1, Math.min(asked, MOST_REPEATED, Math.floor(credit)))
    credit -= most
    return withNumbers(ended, most)
  }

  function earn(characters: number): void {
    credit = Math.min(MOST_CREDIT, credit + characters * CREDIT_A_CHARACTER)
  }

  return (text) => {
    // Most text of a terminal has no escape sequence.
    const isPlain = state === 'text' && !text.includes(ESCAPE) && !text.includes(ONE_BYTE_INTRODUCER)
    if (isPlain) earn(text.length)
    let result = isPlain ? text : ''
    for (let at = 0; !isPlain && at < text.length; at += 1) {
      earn(1)
      result += take(text.charAt(at))
    }
    return result.replaceAll(MANY_MARKS, '$1')
  }
}

const ESCAPE = '\u001b'
const ONE_BYTE_INTRODUCER = '\u009b'
const CANCEL = '\u0018'
const SUBSTITUTE = '\u001a'
const SPACE = ' '
/** The first character that ends a sequence. */
const FIRST_FINAL = '@'
const MAX_SEQUENCE = 256
/** Private marker, parameters, intermediates, final. */
const COMPLETE = /^[<-?]?[\d;:]*[ -/]*[@-~]$/
/** More than a person's language puts on one letter. */
const MANY_MARKS = /((?:[\p{M}\p{Cf}]){8})[\p{M}\p{Cf}]+/gu

/** Insert, delete and scroll lines, tabulate, repeat: done one by one. */
const REPEATED = /[STLMIZb]$/
const MOST_REPEATED = 400
/** A program that scrolls draws what it scrolled to; who only scrolls costs seconds a kilobyte. */
const CREDIT_A_CHARACTER = 0.25
const MOST_CREDIT = 10_000
const MOST = 9999

function withNumbers(sequence: string, most: number): string {
  return sequence.replaceAll(/\d+/g, (digits) => String(Math.min(Number(digits), most)))
}
