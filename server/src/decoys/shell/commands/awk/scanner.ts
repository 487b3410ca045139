/** What is no program of awk. */
export class AwkSyntaxError extends Error {
  override name = 'AwkSyntaxError'

  /** @param near the token that was not expected; empty at the end. */
  constructor(near: string) {
    super(near === '' ? 'syntax error at or near end of file' : `syntax error at or near ${near}`)
  }
}

/** Reads a program from left to right. */
export interface Scanner {
  /** Takes a punctuation or word where it stands next; the longest ones must be tried first. */
  take(token: string): boolean
  expect(token: string): void
  /** Takes what a sticky expression matches; null where it does not. */
  match(pattern: RegExp): RegExpExecArray | null
  /** Whether one of the tokens stands next. */
  sees(...tokens: readonly string[]): boolean
  atEnd(): boolean
  skipNewlines(): void
  /** Parses something inside something else. @throws {AwkSyntaxError} where that is too deep. */
  nested<T>(parse: () => T): T
  fail(): never
}

const MAX_DEPTH = 40
const BLANKS = /(?:[ \t\r]|\\\r?\n|#[^\n]*)+/y
const LINES = /(?:[ \t\r\n;]|\\\r?\n|#[^\n]*)+/y
const TOKEN = /[A-Za-z_]\w*|\d+|[^\sA-Za-z_0-9]/y

export function createScanner(text: string): Scanner {
  let at = 0
  let depth = 0

  function matchAt(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at
    return pattern.exec(text)
  }

  function skip(pattern: RegExp): void {
    at += matchAt(pattern)?.[0].length ?? 0
  }

  function stands(token: string): boolean {
    skip(BLANKS)
    if (!text.startsWith(token, at)) return false
    return !/\w$/.test(token) || !/\w/.test(text[at + token.length] ?? '')
  }

  function fail(): never {
    skip(BLANKS)
    throw new AwkSyntaxError(matchAt(TOKEN)?.[0] ?? '')
  }

  function take(token: string): boolean {
    if (!stands(token)) return false
    at += token.length
    return true
  }

  return {
    take,
    fail,
    expect(token) {
      if (!take(token)) fail()
    },
    match(pattern) {
      skip(BLANKS)
      const match = matchAt(pattern)
      at += match?.[0].length ?? 0
      return match
    },
    sees: (...tokens) => tokens.some(stands),
    atEnd() {
      skip(BLANKS)
      return at >= text.length
    },
    skipNewlines: () => skip(LINES),
    nested(parse) {
      depth += 1
      if (depth > MAX_DEPTH) fail()
      const result = parse()
      depth -= 1
      return result
    },
  }
}
