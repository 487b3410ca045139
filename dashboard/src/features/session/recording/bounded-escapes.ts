/**
 * Bounds what an escape sequence can cost. A terminal does what a control sequence (ECMA-48 5.4) says as often as its number says, up to 2^31
 * times, and joins any number of combining characters into one cell. However the text is cut, the terminal shows the same.
 * @returns takes text as a terminal receives it, and gives it with numbers that no terminal of our size needs more of.
 */
export function createEscapeBounds(): (text: string) => string {
  let state: 'text' | 'escape' | 'sequence' = 'text'
  /** A sequence that has begun, without what introduces it. */
  let sequence = ''

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

  return (text) => {
    // Most text of a terminal has no escape sequence.
    const isPlain = state === 'text' && !text.includes(ESCAPE) && !text.includes(ONE_BYTE_INTRODUCER)
    let result = isPlain ? text : ''
    if (!isPlain) for (let at = 0; at < text.length; at += 1) result += take(text.charAt(at))
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
const MOST = 9999

function bounded(sequence: string): string {
  const most = REPEATED.test(sequence) ? MOST_REPEATED : MOST
  return sequence.replaceAll(/\d+/g, (digits) => String(Math.min(Number(digits), most)))
}
