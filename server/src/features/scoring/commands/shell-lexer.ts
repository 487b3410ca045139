/** A piece of a shell command line. */
export type ShellToken =
  /** `fd>target` and its kind; the target is the next word. */
  | { kind: 'redirect'; text: string }
  /** Ends a statement, at `end` of the text; after a pipe the next one reads what it writes. */
  | { kind: 'separator'; isPipe: boolean; end: number }
  /** A word without its quotes. */
  | { kind: 'word'; text: string; isQuoted: boolean }
  /** What runs before the statement that it stands in: `$(...)`, backquotes, `<(...)`. */
  | { kind: 'substitution'; text: string }
  /** The lines that a here-document gives to the statement before it. */
  | { kind: 'here_document'; text: string }

const BLANK = /[^\S\n]/
const REDIRECTS = ['&>>', '<<<', '<<-', '>>', '<<', '>|', '>&', '<&', '&>', '<>', '>', '<']
/** Ends an unquoted run of ordinary characters. */
const SPECIAL = /[\s;|&<>()'"\\$`#]/g

/**
 * Splits a command line as POSIX sh and bash do (XCU 2.3 and 2.10): quotes and escapes hold, operators part. Anything is accepted; what is
 * never closed reaches to the end. Every character is looked at once (twice inside a substitution). Tokens come one by one, so that a reader
 * can pause.
 */
export function* shellTokens(text: string): Generator<ShellToken> {
  const pendingDocuments: string[] = []
  let isDelimiterNext = false
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    if (BLANK.test(char)) at += 1
    else if (char === '#') at = endOfLine(text, at)
    else if (char === '\n') {
      at += 1
      yield { kind: 'separator', isPipe: false, end: at }
      for (const delimiter of pendingDocuments.splice(0)) {
        const end = endOfDocument(text, at, delimiter)
        yield { kind: 'here_document', text: text.slice(at, end.bodyEnd) }
        at = end.next
      }
    } else {
      const redirect = redirectAt(text, at)
      if (redirect !== null) {
        at += redirect.length
        isDelimiterNext = redirect.text === '<<' || redirect.text === '<<-'
        if (text[at] === '(' && !isDelimiterNext) {
          const inner = parenthesized(text, at)
          yield { kind: 'substitution', text: inner }
          at += inner.length + 2
        } else yield { kind: 'redirect', text: redirect.text }
      } else if (isSeparator(char)) {
        const isDouble = text[at + 1] === char && char !== '(' && char !== ')'
        at += isDouble || text.startsWith('|&', at) ? 2 : 1
        yield { kind: 'separator', isPipe: char === '|' && !isDouble, end: at }
      } else {
        const word = wordAt(text, at)
        at = word.end
        for (const inner of word.substitutions) yield { kind: 'substitution', text: inner }
        if (isDelimiterNext) pendingDocuments.push(word.text)
        isDelimiterNext = false
        yield { kind: 'word', text: word.text, isQuoted: word.isQuoted }
      }
    }
  }
}

function isSeparator(char: string): boolean {
  return char === ';' || char === '|' || char === '&' || char === '(' || char === ')'
}

/** A redirection operator, with the digit of its file descriptor. */
function redirectAt(text: string, at: number): { text: string; length: number } | null {
  if (!/[\d<>&]/.test(text[at] ?? '')) return null
  const digit = /\d/.test(text[at] ?? '') && /[<>]/.test(text[at + 1] ?? '') ? 1 : 0
  const operator = REDIRECTS.find((each) => text.startsWith(each, at + digit))
  return operator === undefined ? null : { text: operator, length: operator.length + digit }
}

interface Word {
  text: string
  isQuoted: boolean
  substitutions: string[]
  end: number
}

function wordAt(text: string, start: number): Word {
  const parts: string[] = []
  const substitutions: string[] = []
  let isQuoted = false
  let at = start
  while (at < text.length) {
    const char = text[at] as string
    if (/[\s;|&<>()]/.test(char)) break
    if (char === "'") {
      const end = indexOrEnd(text, "'", at + 1)
      parts.push(text.slice(at + 1, end))
      isQuoted = true
      at = end + 1
    } else if (char === '"') {
      at = doubleQuoted(text, at + 1, parts, substitutions)
      isQuoted = true
    } else if (char === '\\') {
      if (text[at + 1] !== '\n') parts.push(text.slice(at + 1, at + 2))
      at += 2
    } else if (char === '`' || text.startsWith('$(', at)) {
      at = substitution(text, at, parts, substitutions)
    } else {
      SPECIAL.lastIndex = at + 1
      const end = SPECIAL.exec(text)?.index ?? text.length
      parts.push(text.slice(at, end))
      at = end
    }
  }
  return { text: parts.join(''), isQuoted, substitutions, end: Math.max(at, start + 1) }
}

/** @returns where the text goes on after the closing quote. */
function doubleQuoted(text: string, start: number, parts: string[], substitutions: string[]): number {
  let at = start
  let plainFrom = start
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) {
      parts.push(text.slice(plainFrom, at))
      plainFrom = at + 1
      at += 2
    } else if (text[at] === '`' || text.startsWith('$(', at)) {
      parts.push(text.slice(plainFrom, at))
      at = substitution(text, at, parts, substitutions)
      plainFrom = at
    } else at += 1
  }
  parts.push(text.slice(plainFrom, at))
  return at + 1
}

/** Takes `$(...)` or backquotes; the word keeps how it is written. */
function substitution(text: string, at: number, parts: string[], substitutions: string[]): number {
  if (text[at] === '`') {
    const end = indexOrEnd(text, '`', at + 1)
    substitutions.push(text.slice(at + 1, end))
    parts.push(text.slice(at, end + 1))
    return end + 1
  }
  const inner = parenthesized(text, at + 1)
  substitutions.push(inner)
  parts.push(`$(${inner})`)
  return at + inner.length + 3
}

/** What stands between the parenthesis at `open` and the one that closes it, quotes observed; up to the end where none does. */
function parenthesized(text: string, open: number): string {
  let depth = 0
  let at = open
  while (at < text.length) {
    const char = text[at]
    if (char === '\\') at += 1
    else if (char === "'") at = indexOrEnd(text, "'", at + 1)
    else if (char === '(') depth += 1
    else if (char === ')') {
      depth -= 1
      if (depth === 0) return text.slice(open + 1, at)
    }
    at += 1
  }
  return text.slice(open + 1)
}

function endOfDocument(text: string, start: number, delimiter: string): { bodyEnd: number; next: number } {
  for (let at = start; at < text.length; at = endOfLine(text, at) + 1) {
    if (text.slice(at, endOfLine(text, at)).trim() === delimiter)
      return { bodyEnd: at, next: endOfLine(text, at) }
  }
  return { bodyEnd: text.length, next: text.length }
}

function endOfLine(text: string, at: number): number {
  return indexOrEnd(text, '\n', at)
}

function indexOrEnd(text: string, of: string, from: number): number {
  const found = text.indexOf(of, from)
  return found < 0 ? text.length : found
}
