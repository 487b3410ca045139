import { RE2JS } from 're2js'
import type { Budget } from '../limits.js'

/**
 * A regular expression that takes time in proportion to the text, whatever an attacker writes. Each call counts what it may cost, and throws
 * WorkExhaustedError where that is more than the line has left.
 */
export interface Regex {
  test(text: string): boolean
  /** The leftmost match at or after a place; groups are null where they matched nothing. */
  find(text: string, from?: number): RegexMatch | null
}

export interface RegexMatch {
  start: number
  end: number
  groups: ReadonlyArray<string | null>
}

const MAX_PATTERN = 1_024
/** Instructions that may be tried at each byte for the price of a byte of other work. */
const INSTRUCTIONS_PER_UNIT = 4
/** What an instruction costs to make. */
const COMPILING_COST = 16

/**
 * Compiles a regular expression of POSIX XBD 9 (basic or extended), with `\+`, `\?`, `\|`, `\w`, `\s`, `\b`, `\<` and `\>` of GNU.
 * Back references are not known. RE2 matches without backtracking; a long or too large pattern is refused.
 * @returns null where it is none that can be used.
 */
export function compileRegex(
  pattern: string,
  isExtended: boolean,
  budget: Pick<Budget, 'spend'>,
  ignoresCase = false,
): Regex | null {
  if (pattern.length > MAX_PATTERN) return null
  let compiled: RE2JS
  try {
    const flags = RE2JS.DOTALL | RE2JS.LONGEST_MATCH | (ignoresCase ? RE2JS.CASE_INSENSITIVE : 0)
    compiled = RE2JS.compile(translated(pattern, isExtended), flags)
  } catch {
    return null
  }
  return wrap(compiled, budget, hasRepetition(pattern) ? null : pattern.length)
}

/** A text that stands for itself. */
export function literalRegex(text: string, budget: Pick<Budget, 'spend'>, ignoresCase = false): Regex | null {
  if (text.length > MAX_PATTERN) return null
  return wrap(RE2JS.compile(RE2JS.quote(text), ignoresCase ? RE2JS.CASE_INSENSITIVE : 0), budget, text.length)
}

/** Whether the length of what it matches may be larger than that of the pattern. */
function hasRepetition(pattern: string): boolean {
  return /[*+{]/.test(pattern)
}

/** @param longest bytes that a match has at most; null where there is no such number: then all of the text may be looked at for a match. */
function wrap(compiled: RE2JS, budget: Pick<Budget, 'spend'>, longest: number | null): Regex {
  const size = compiled.programSize()
  const price = Math.max(1, size / INSTRUCTIONS_PER_UNIT)
  budget.spend(size * COMPILING_COST)
  return {
    test(text) {
      budget.spend(text.length * price)
      return compiled.test(text)
    },
    find(text, from = 0) {
      if (from > text.length) return null
      if (longest === null) budget.spend((text.length - from) * price)
      const matcher = compiled.matcher(text)
      const isFound = matcher.find(from)
      if (longest !== null) budget.spend(((isFound ? matcher.start() + longest : text.length) - from) * price)
      if (!isFound) return null
      const groups = Array.from({ length: compiled.groupCount() + 1 }, (_, at) => matcher.group(at))
      return { start: matcher.start(), end: matcher.end(), groups }
    },
  }
}

const GNU: Readonly<Record<string, string>> = {
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
  s: '\\s',
  S: '\\S',
  b: '\\b',
  B: '\\B',
  '<': '\\b',
  '>': '\\b',
  n: '\\n',
  t: '\\t',
}

/** POSIX syntax in that of RE2. */
function translated(pattern: string, isExtended: boolean): string {
  let result = ''
  let at = 0
  while (at < pattern.length) {
    const char = pattern[at] as string
    if (char === '[') {
      const end = bracketEnd(pattern, at)
      result += bracket(pattern.slice(at, end))
      at = end
    } else if (char === '\\') {
      result += escaped(pattern[at + 1] ?? '\\', isExtended)
      at += 2
    } else {
      result += plain(pattern, at, result, isExtended)
      at += 1
    }
  }
  return result
}

function escaped(next: string, isExtended: boolean): string {
  if (/[1-9]/.test(next)) throw new Error('back reference')
  if (GNU[next] !== undefined) return GNU[next]
  if (!isExtended && /[(){}+?|]/.test(next)) return next
  return /[A-Za-z0-9]/.test(next) ? next : `\\${next}`
}

function plain(pattern: string, at: number, before: string, isExtended: boolean): string {
  const char = pattern[at] as string
  const isStart = before === '' || /(^|[^\\])[(|]$/.test(before)
  if (char === '*' && (isStart || before === '^')) return '\\*'
  if (isExtended) return char
  if (char === '^') return isStart ? '^' : '\\^'
  if (char === '$') return at === pattern.length - 1 || /^\\[)|]/.test(pattern.slice(at + 1)) ? '$' : '\\$'
  return /[(){}+?|]/.test(char) ? `\\${char}` : char
}

function bracketEnd(pattern: string, start: number): number {
  let at = start + 1
  if (pattern[at] === '^') at += 1
  if (pattern[at] === ']') at += 1
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '[' && /[:.=]/.test(pattern[at + 1] ?? '')) {
      const end = pattern.indexOf(`${pattern[at + 1]}]`, at + 2)
      if (end !== -1) at = end + 1
    }
    at += 1
  }
  if (at >= pattern.length) throw new Error('unmatched [')
  return at + 1
}

/** A backslash and `[` are ordinary characters inside brackets. */
function bracket(text: string): string {
  const isNegated = text[1] === '^'
  const inner = text
    .slice(isNegated ? 2 : 1, -1)
    .replace(/\[:[a-z]+:\]|[\\[\]]/g, (part) => (part.length > 1 ? part : `\\${part}`))
  return `[${isNegated ? '^' : ''}${inner}]`
}
