import { unescaped } from './escapes.js'
import type { Source } from './source.js'
import { createSource, nested, unclosed, unexpected } from './source.js'
import type { List, Word, WordPart } from './syntax.js'
import { ShellSyntaxError } from './syntax.js'

/** Parses a list up to its closing parenthesis, or to the end of the text. */
export type ParseList = (source: Source) => List

const META = /[\s;&|<>()]/
const PLAIN = /[^\s;&|<>()'"\\$`]+/y
const PLAIN_IN_QUOTES = /[^"\\$`]+/y
const PLAIN_IN_DOCUMENT = /[^\\$`]+/y
const PLAIN_IN_BRACES = /[^}'"\\$`]+/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const SPECIAL_PARAMETER = /[0-9@*#?$!-]/
const PARAMETER_OPERATOR = /:-|:=|:\?|:\+|-|=|\?|\+|##|#|%%|%|\/\/|\/|\^\^|\^|,,|,|:/y

/** A word of XCU 2.3: what stands up to the next unquoted metacharacter. Empty where there is none. */
export function parseWord(source: Source, parseList: ParseList): WordPart[] {
  const parts: WordPart[] = []
  for (;;) {
    const char = source.text[source.at]
    if (char === undefined) return parts
    if ((char === '<' || char === '>') && source.text[source.at + 1] === '(') {
      source.at += 2
      parts.push({ kind: 'process', body: closedList(source, parseList), isQuoted: true })
    } else if (META.test(char)) return parts
    else parsePart(source, parts, parseList, PLAIN)
  }
}

/** One quoted or unquoted part. */
function parsePart(source: Source, parts: WordPart[], parseList: ParseList, plain: RegExp): void {
  const char = source.text[source.at] as string
  if (char === "'") parts.push(singleQuoted(source))
  else if (char === '"') doubleQuoted(source, parts, parseList)
  else if (char === '\\') parts.push(...escapedCharacter(source))
  else if (char === '$' || char === '`') parts.push(parseDollar(source, false, parseList))
  else {
    plain.lastIndex = source.at
    const text = plain.exec(source.text)?.[0] ?? char
    source.at += text.length
    parts.push({ kind: 'text', text, isQuoted: false })
  }
}

function singleQuoted(source: Source): WordPart {
  const end = source.text.indexOf("'", source.at + 1)
  if (end === -1) throw unclosed("'")
  const text = source.text.slice(source.at + 1, end)
  source.at = end + 1
  return { kind: 'text', text, isQuoted: true }
}

function escapedCharacter(source: Source): WordPart[] {
  const next = source.text[source.at + 1]
  source.at += 2
  if (next === '\n') return []
  return [{ kind: 'text', text: next ?? '\\', isQuoted: true }]
}

function doubleQuoted(source: Source, parts: WordPart[], parseList: ParseList): void {
  source.at += 1
  parts.push({ kind: 'text', text: '', isQuoted: true })
  while (source.text[source.at] !== '"') {
    if (source.at >= source.text.length) throw unclosed('"')
    parts.push(quotedPart(source, PLAIN_IN_QUOTES, '$`"\\', parseList))
  }
  source.at += 1
}

function quotedPart(source: Source, plain: RegExp, escapable: string, parseList: ParseList): WordPart {
  const char = source.text[source.at] as string
  if (char === '$' || char === '`') return parseDollar(source, true, parseList)
  if (char === '\\') {
    const next = source.text[source.at + 1]
    source.at += 2
    if (next === '\n') return { kind: 'text', text: '', isQuoted: true }
    const isEscape = next !== undefined && escapable.includes(next)
    return { kind: 'text', text: isEscape ? next : `\\${next ?? ''}`, isQuoted: true }
  }
  plain.lastIndex = source.at
  const text = plain.exec(source.text)?.[0] ?? char
  source.at += text.length
  return { kind: 'text', text, isQuoted: true }
}

/** The lines of a here-document whose delimiter is not quoted (XCU 2.7.4), or an arithmetic expression. */
export function parseQuotedText(text: string, depth: number, parseList: ParseList): WordPart[] {
  const source = createSource(text, depth, false)
  const parts: WordPart[] = []
  while (source.at < text.length) parts.push(quotedPart(source, PLAIN_IN_DOCUMENT, '$`\\', parseList))
  return parts
}

function parseDollar(source: Source, isQuoted: boolean, parseList: ParseList): WordPart {
  if (source.text[source.at] === '`') return backquoted(source, isQuoted, parseList)
  const next = source.text[source.at + 1] ?? ''
  if (next === '(') {
    const arithmetic = source.text[source.at + 2] === '(' ? arithmeticEnd(source.text, source.at + 3) : -1
    if (arithmetic !== -1) return arithmeticPart(source, arithmetic, isQuoted, parseList)
    source.at += 2
    return { kind: 'command', body: closedList(source, parseList), isQuoted }
  }
  if (next === '{') return bracedParameter(source, isQuoted, parseList)
  if (next === "'" && !isQuoted) return escapedQuotes(source)
  NAME.lastIndex = source.at + 1
  const name = SPECIAL_PARAMETER.test(next) ? next : NAME.exec(source.text)?.[0]
  source.at += 1 + (name?.length ?? 0)
  if (name === undefined) return { kind: 'text', text: '$', isQuoted }
  return { kind: 'parameter', name, operator: '', argument: [], isLength: false, isQuoted }
}

/** `$'...'` of bash. */
function escapedQuotes(source: Source): WordPart {
  let end = source.at + 2
  while (end < source.text.length && source.text[end] !== "'") end += source.text[end] === '\\' ? 2 : 1
  if (end >= source.text.length) throw unclosed("'")
  const text = unescaped(source.text.slice(source.at + 2, end), 'quotes').text
  source.at = end + 1
  return { kind: 'text', text, isQuoted: true }
}

/** The list of a substitution and its closing parenthesis. */
function closedList(source: Source, parseList: ParseList): List {
  const body = nested(source, () => parseList(source))
  if (source.text[source.at] !== ')') {
    if (source.at >= source.text.length) throw unclosed(')')
    throw unexpected(source)
  }
  source.at += 1
  return body
}

function backquoted(source: Source, isQuoted: boolean, parseList: ParseList): WordPart {
  let end = source.at + 1
  let text = ''
  while (end < source.text.length && source.text[end] !== '`') {
    if (source.text[end] === '\\' && /[$`\\]/.test(source.text[end + 1] ?? '')) end += 1
    text += source.text[end] as string
    end += 1
  }
  if (end >= source.text.length) throw unclosed('`')
  source.at = end + 1
  return nested(source, () => {
    const inner = createSource(text, source.depth, false)
    const body = parseList(inner)
    if (inner.at < text.length) throw unexpected(inner)
    return { kind: 'command', body, isQuoted }
  })
}

/** Where `))` closes an arithmetic expression that begins at `start`; -1 where it is none. */
export function arithmeticEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const char = text[at]
    if (char === '(') depth += 1
    else if (char === ')') {
      if (depth === 0) return text[at + 1] === ')' ? at : -1
      depth -= 1
    } else if (char === '\n' || char === ';' || char === '`' || char === "'") return -1
  }
  return -1
}

function arithmeticPart(source: Source, end: number, isQuoted: boolean, parseList: ParseList): WordPart {
  const text = source.text.slice(source.at + 3, end)
  source.at = end + 2
  const expression = nested(source, () => parseQuotedText(text, source.depth, parseList))
  return { kind: 'arithmetic', expression, isQuoted }
}

function bracedParameter(source: Source, isQuoted: boolean, parseList: ParseList): WordPart {
  const start = source.at
  source.at += 2
  const isLength = source.text[source.at] === '#' && source.text[source.at + 1] !== '}'
  if (isLength || source.text[source.at] === '!') source.at += 1
  NAME.lastIndex = source.at
  const digits = /^\d+/.exec(source.text.slice(source.at, source.at + 4))?.[0]
  const special = SPECIAL_PARAMETER.test(source.text[source.at] ?? '') ? source.text[source.at] : undefined
  const name = digits ?? NAME.exec(source.text)?.[0] ?? special
  if (name === undefined) throw badSubstitution(source, start)
  source.at += name.length
  if (source.text[source.at] === '}') {
    source.at += 1
    return { kind: 'parameter', name, operator: '', argument: [], isLength, isQuoted }
  }
  PARAMETER_OPERATOR.lastIndex = source.at
  const operator = PARAMETER_OPERATOR.exec(source.text)?.[0]
  if (operator === undefined) throw badSubstitution(source, start)
  source.at += operator.length
  const argument = nested(source, () => bracedArgument(source, isQuoted, parseList))
  return { kind: 'parameter', name, operator, argument, isLength, isQuoted }
}

function bracedArgument(source: Source, isQuoted: boolean, parseList: ParseList): Word {
  const parts: WordPart[] = []
  while (source.text[source.at] !== '}') {
    if (source.at >= source.text.length) throw unclosed('}')
    // A single quote is an ordinary character inside double quotes.
    if (isQuoted && source.text[source.at] === "'") {
      source.at += 1
      parts.push({ kind: 'text', text: "'", isQuoted: false })
    } else parsePart(source, parts, parseList, PLAIN_IN_BRACES)
  }
  source.at += 1
  return parts
}

function badSubstitution(source: Source, start: number): ShellSyntaxError {
  const end = source.text.indexOf('}', start)
  if (end === -1) return unclosed('}')
  return new ShellSyntaxError(`${source.text.slice(start, end + 1)}: bad substitution`)
}
