/** One element of a pattern of XCU 2.14. */
type Element = { kind: 'any' } | { kind: 'many' } | { kind: 'one'; accepts: (char: string) => boolean }

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

/** Elements of a pattern. A longer one matches nothing. */
const MAX_ELEMENTS = 256

/** A compiled pattern. Matching takes at most length of text times length of pattern. */
export type Pattern = readonly Element[]

/** Compiles `*`, `?`, `[...]` and `\`; anything else stands for itself. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one element of the pattern grammar
export function compilePattern(text: string): Pattern {
  const elements: Element[] = []
  let at = 0
  // One that is longer matches nothing.
  while (at < text.length && elements.length <= MAX_ELEMENTS) {
    const char = text[at] as string
    if (char === '*') {
      if (elements.at(-1)?.kind !== 'many') elements.push({ kind: 'many' })
      at += 1
    } else if (char === '?') {
      elements.push({ kind: 'any' })
      at += 1
    } else {
      const bracket = char === '[' ? bracketAt(text, at) : null
      const literal = char === '\\' && at + 1 < text.length ? (text[at + 1] as string) : char
      elements.push(bracket?.element ?? { kind: 'one', accepts: (each) => each === literal })
      at = bracket?.end ?? at + (char === '\\' && at + 1 < text.length ? 2 : 1)
    }
  }
  return elements
}

/** Characters of `[...]`. One that is longer stands for itself. */
const MAX_BRACKET = 1_024

/** `[...]`; null where it is not closed. */
function bracketAt(whole: string, start: number): { element: Element; end: number } | null {
  const text = whole.slice(0, start + MAX_BRACKET)
  const isNegated = text[start + 1] === '!' || text[start + 1] === '^'
  const first = start + (isNegated ? 2 : 1)
  const tests: Array<(char: string) => boolean> = []
  let at = first
  while (at < text.length && (text[at] !== ']' || at === first)) {
    const name = /^\[:([a-z]{1,8}):\]/.exec(text.slice(at, at + 12))
    const characters = name === null ? undefined : CLASSES[name[1] as string]
    if (name !== null && characters !== undefined) {
      tests.push((char) => characters.test(char))
      at += name[0].length
      continue
    }
    if (text[at] === '\\' && at + 1 < text.length) at += 1
    const low = text[at] as string
    if (text[at + 1] === '-' && text[at + 2] !== undefined && text[at + 2] !== ']') {
      const high = text[at + 2] as string
      tests.push((char) => char >= low && char <= high)
      at += 3
    } else {
      tests.push((char) => char === low)
      at += 1
    }
  }
  if (at >= text.length) return null
  const known = new Map<string, boolean>()
  const decide = (char: string): boolean => {
    const decided = tests.some((test) => test(char)) !== isNegated
    known.set(char, decided)
    return decided
  }
  return { element: { kind: 'one', accepts: (char) => known.get(char) ?? decide(char) }, end: at + 1 }
}

/** Whether the whole text matches. */
export function matches(pattern: Pattern, text: string): boolean {
  if (pattern.length > MAX_ELEMENTS) return false
  let at = 0
  let element = 0
  let lastMany = -1
  let resumeAt = 0
  while (at < text.length) {
    const current = pattern[element]
    if (current?.kind === 'many') {
      lastMany = element
      resumeAt = at
      element += 1
    } else if (current !== undefined && (current.kind === 'any' || current.accepts(text[at] as string))) {
      at += 1
      element += 1
    } else if (lastMany !== -1) {
      resumeAt += 1
      at = resumeAt
      element = lastMany + 1
    } else return false
  }
  while (pattern[element]?.kind === 'many') element += 1
  return element === pattern.length
}

/** A pattern in which every character stands for itself. */
export function escapePattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}

export function hasPattern(text: string): boolean {
  const opening = text.indexOf('[')
  return /[*?]/.test(text) || (opening !== -1 && text.lastIndexOf(']') > opening + 1)
}
