/** Names of what a statement shows; the model gives each a weight. */

const WORD = /[A-Za-z_]+|\/[A-Za-z0-9_./-]+|-[A-Za-z]+|>>|>|</g
const MAX_WORDS = 40
/** Names that somebody made up (random file names, keys) say nothing about the next attacker. */
const MAX_WORD = 24

/**
 * Features of a statement in its surroundings: its words, its program, the directories it names, and the programs before and
 * after it. Pure, linear in the length of the text.
 */
export function featuresOf(
  statement: string,
  before: string | undefined,
  after: string | undefined,
): string[] {
  const features = new Set<string>()
  const words = (statement.slice(0, 2_000).match(WORD) ?? []).slice(0, MAX_WORDS)
  for (const word of words) {
    const lower = word.toLowerCase()
    if (lower.length <= MAX_WORD) features.add(`word ${lower}`)
    if (word.startsWith('/')) features.add(`directory ${word.split('/')[1]?.slice(0, MAX_WORD) ?? ''}`)
  }
  features.add(`program ${programOf(statement)}`)
  features.add(`before ${programOf(before ?? '')}`)
  features.add(`after ${programOf(after ?? '')}`)
  return [...features]
}

/** The name of the program that a statement runs. */
export function programOf(statement: string): string {
  const first = statement.trim().split(/\s+/, 1)[0] ?? ''
  return (first.split('/').at(-1) ?? '').toLowerCase().slice(0, MAX_WORD)
}
