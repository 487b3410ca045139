import { groundedLine } from './grounding.js'
import type { Held } from './held-text.js'

/** Characters of a line that are kept, more than are ever shown: a server that never breaks a line fills no memory. */
const MAX_LINE = 1_000

/** A model's text in whole lines, each checked against the session: no link is cut into pieces that each look harmless. */
export async function* groundedLines(
  first: IteratorResult<string>,
  pieces: AsyncIterator<string>,
  held: Held,
): AsyncGenerator<string> {
  let rest = ''
  try {
    for (let piece = first; !piece.done; piece = await pieces.next()) {
      const lines = `${rest}${piece.value}`.split('\n')
      rest = (lines.pop() ?? '').slice(0, MAX_LINE)
      for (const line of lines) yield groundedLine(line.slice(0, MAX_LINE), held)
    }
    if (rest !== '') yield groundedLine(rest, held)
  } finally {
    // A reader who leaves gives the LLM's time back.
    await pieces.return?.()
  }
}
