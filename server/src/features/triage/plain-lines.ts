import { plainText } from './grounding.js'

/** A model's text in whole lines without markup, so that no link is cut into pieces that each look harmless. */
export async function* plainLines(
  first: IteratorResult<string>,
  pieces: AsyncIterator<string>,
): AsyncGenerator<string> {
  let rest = ''
  try {
    for (let piece = first; !piece.done; piece = await pieces.next()) {
      const lines = `${rest}${piece.value}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield plainText(line)
    }
    if (rest !== '') yield plainText(rest)
  } finally {
    // A reader who leaves gives the LLM's time back.
    await pieces.return?.()
  }
}
