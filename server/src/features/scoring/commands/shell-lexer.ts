/** A part of a word, in order. */
export type WordPart =
  | { kind: 'text'; text: string; isQuoted: boolean }
  /** `$name`, `${name}` or `${name:-fallback}`. */
  | { kind: 'variable'; name: string; fallback: string | null; written: string; isQuoted: boolean }
  /** What `$(text)` or backquotes write takes its place. */
  | { kind: 'substitution'; text: string; written: string; isQuoted: boolean }
  /** `<(text)`: a file that holds what the statements write. */
  | { kind: 'process'; text: string; written: string; isQuoted: boolean }

/** A piece of a shell command line. */
export type ShellToken =
  /** `fd>target` and its kind; the target is the next word. */
  | { kind: 'redirect'; text: string; descriptor: string }
  /** Ends a statement, at `end` of the text; after a pipe the next one reads what it writes. */
  | { kind: 'separator'; isPipe: boolean; end: number }
  /** A word as it is written, without its quotes; `parts` only where something in it is to be replaced. */
  | { kind: 'word'; text: string; isQuoted: boolean; parts: readonly WordPart[] | null }
  /** The lines that a here-document gives to the statement before it. */
  | { kind: 'here_document'; text: string }

const BLANK = /[^\S\n]/
const REDIRECTS = ['&>>', '<<<', '<<-', '>>', '<<', '>|', '>&', '<&', '&>', '<>', '>', '<']
/** Ends an unquoted run of ordinary characters. */
const SPECIAL = /[\s;|&<>()'"\\$`]/g
/** Escapes of `$'...'`, `echo -e` and `printf`. */
const ESCAPE = /\\(x[0-9a-fA-F]{1,2}|0?[0-7]{1,3}|u[0-9a-fA-F]{1,4}|[abefnrtv\\'"])/g
const ESCAPED_LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * Splits a command line as POSIX sh and bash do (XCU 2.3 and 2.10): quotes and escapes hold, operators part. Anything is accepted; what is
 * never closed reaches to the end. Every character is looked at once (twice inside a substitution). Tokens come one by one, so that a reader
 * can pause.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of the shell's grammar
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
        const descriptor = text.slice(at, at + redirect.length - redirect.text.length)
        at += redirect.length
        isDelimiterNext = redirect.text === '<<' || redirect.text === '<<-'
        if (text[at] === '(' && !isDelimiterNext) {
          const inner = parenthesized(text, at)
          const written = `${redirect.text}(${inner})`
          yield {
            kind: 'word',
            text: written,
            isQuoted: true,
            parts: [{ kind: 'process', text: inner, written, isQuoted: true }],
          }
          at += inner.length + 2
        } else yield { kind: 'redirect', text: redirect.text, descriptor }
      } else if (isSeparator(char)) {
        const isDouble = text[at + 1] === char && char !== '(' && char !== ')'
        at += isDouble || text.startsWith('|&', at) ? 2 : 1
        yield { kind: 'separator', isPipe: char === '|' && !isDouble, end: at }
      } else {
        const word = wordAt(text, at)
        at = word.end
        if (isDelimiterNext) pendingDocuments.push(word.text)
        isDelimiterNext = false
        yield { kind: 'word', text: word.text, isQuoted: word.isQuoted, parts: word.parts }
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
  parts: readonly WordPart[] | null
  end: number
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of the shell's grammar
function wordAt(text: string, start: number): Word {
  SPECIAL.lastIndex = start
  const plainEnd = SPECIAL.exec(text)?.index ?? text.length
  // Most words are plain.
  if (plainEnd > start && (plainEnd === text.length || /[\s;|&<>()]/.test(text[plainEnd] as string)))
    return { text: text.slice(start, plainEnd), isQuoted: false, parts: null, end: plainEnd }
  const parts: WordPart[] = []
  let isQuoted = false
  let at = start
  while (at < text.length) {
    const char = text[at] as string
    if (/[\s;|&<>()]/.test(char)) break
    if (char === "'" || text.startsWith("$'", at)) {
      const ansi = char === '$'
      const end = ansi ? endOfEscapable(text, at + 2, "'") : indexOrEnd(text, "'", at + 1)
      const inner = text.slice(at + (ansi ? 2 : 1), end)
      parts.push({ kind: 'text', text: ansi ? unescaped(inner) : inner, isQuoted: true })
      isQuoted = true
      at = end + 1
    } else if (char === '"' || text.startsWith('$"', at)) {
      at = doubleQuoted(text, at + (char === '"' ? 1 : 2), parts)
      isQuoted = true
    } else if (char === '\\') {
      if (text[at + 1] !== '\n')
        parts.push({ kind: 'text', text: text.slice(at + 1, at + 2), isQuoted: true })
      at += 2
    } else if (char === '`' || char === '$') {
      at = replaced(text, at, parts, false)
    } else {
      SPECIAL.lastIndex = at
      const end = SPECIAL.exec(text)?.index ?? text.length
      parts.push({ kind: 'text', text: text.slice(at, end), isQuoted: false })
      at = end
    }
  }
  return {
    text: parts.map((part) => (part.kind === 'text' ? part.text : part.written)).join(''),
    isQuoted,
    parts: parts.some(({ kind }) => kind !== 'text') ? parts : null,
    end: Math.max(at, start + 1),
  }
}

/** @returns where the text goes on after the closing quote. */
function doubleQuoted(text: string, start: number, parts: WordPart[]): number {
  let at = start
  let plainFrom = start
  const addPlain = () => {
    if (at > plainFrom || at === start)
      parts.push({ kind: 'text', text: text.slice(plainFrom, at), isQuoted: true })
  }
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) {
      addPlain()
      plainFrom = at + 1
      at += 2
    } else if (text[at] === '`' || text[at] === '$') {
      addPlain()
      at = replaced(text, at, parts, true)
      plainFrom = at
    } else at += 1
  }
  addPlain()
  return at + 1
}

const VARIABLE = /\$(?:([A-Za-z_]\w*|[@*])|\{([A-Za-z_]\w*|[@*])(?::?[-=]([^{}]*))?\})/y

/** Takes `$(...)`, backquotes or a variable; the word keeps how it is written. @returns where the text goes on. */
function replaced(text: string, at: number, parts: WordPart[], isQuoted: boolean): number {
  if (text[at] === '`') {
    const end = endOfEscapable(text, at + 1, '`')
    const inner = text.slice(at + 1, end).replace(/\\([`\\$])/g, '$1')
    parts.push({ kind: 'substitution', text: inner, written: text.slice(at, end + 1), isQuoted })
    return end + 1
  }
  if (text[at + 1] === '(') {
    const inner = parenthesized(text, at + 1)
    parts.push({ kind: 'substitution', text: inner, written: `$(${inner})`, isQuoted })
    return at + inner.length + 3
  }
  VARIABLE.lastIndex = at
  const [written = '', bare, braced, fallback = null] = VARIABLE.exec(text) ?? []
  if (written === '') {
    parts.push({ kind: 'text', text: '$', isQuoted })
    return at + 1
  }
  parts.push({ kind: 'variable', name: bare ?? braced ?? '', fallback, written, isQuoted })
  return at + written.length
}

/** What stands between the parenthesis at `open` and the one that closes it, quotes observed; up to the end where none does. */
function parenthesized(text: string, open: number): string {
  const closers = [')']
  let at = open + 1
  while (at < text.length) {
    const char = text[at]
    const isInQuotes = closers.at(-1) === '"'
    if (char === '\\') at += 1
    else if (char === closers.at(-1)) {
      closers.pop()
      if (closers.length === 0) return text.slice(open + 1, at)
    } else if (char === '"') closers.push('"')
    else if (char === "'" && !isInQuotes) at = indexOrEnd(text, "'", at + 1)
    else if (char === '(' && (!isInQuotes || text[at - 1] === '$')) closers.push(')')
    at += 1
  }
  return text.slice(open + 1)
}

/** Text with the escapes of `$'...'`, `echo -e` and `printf` decoded. */
export function unescaped(text: string): string {
  return text.replace(ESCAPE, (_, code: string) => {
    const letter = ESCAPED_LETTERS[code]
    if (letter !== undefined) return letter
    if (/^[xu]/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8) & 0xff) : code
  })
}

/** The first `closer` that no backslash stands before; the end where there is none. */
function endOfEscapable(text: string, start: number, closer: string): number {
  let at = start
  while (at < text.length && text[at] !== closer) at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
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
