import type { Program, ProgramCall } from '../host.js'
import { fail, invalidOption, linesOf, readOptions } from './arguments.js'
import { pathOf, readSources } from './reading.js'
import type { Regex } from './regex.js'
import { compileRegex, literalRegex } from './regex.js'

const USAGE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n"

/** `grep`, `egrep` and `fgrep`. */
export const grep: Program = async (call) => {
  const { flags, values, operands, unknown } = readOptions(
    call.args.map((arg) => (/^-\d+$/.test(arg) ? `-C${arg.slice(1)}` : arg)),
    {
      letters: 'abcEFGHhiIlLnoPqrRsvwxyzZU',
      valued: 'ABCefm',
      long: {
        'ignore-case': 'i',
        'invert-match': 'v',
        count: 'c',
        quiet: 'q',
        silent: 'q',
        'extended-regexp': 'E',
        'fixed-strings': 'F',
        'perl-regexp': 'P',
        'only-matching': 'o',
        recursive: 'r',
        'no-messages': 's',
        'line-number': 'n',
        'max-count=': 'm',
        'color=': '!',
        color: '!',
        'include=': '!',
        'exclude=': '!',
        text: 'a',
      },
    },
  )
  if (unknown !== null) {
    invalidOption(call, unknown)
    return 2
  }
  const names = [...operands]
  const pattern = values.get('e') ?? names.shift()
  if (pattern === undefined) {
    call.error.write(USAGE)
    return 2
  }
  const regexes = compile(call, pattern, flags)
  if (regexes === null) return fail(call, 'Invalid regular expression', 2)
  const isRecursive = flags.has('r') || flags.has('R')
  const files = isRecursive ? filesBelow(call, names.length === 0 ? ['.'] : names) : names
  const { sources, status } = await readSources(
    { ...call, error: flags.has('s') ? { ...call.error, write: () => {} } : call.error },
    files,
  )
  const showsName = (flags.has('H') || sources.length > 1 || isRecursive) && !flags.has('h')
  let isFound = false
  for (const { name, text } of sources) {
    const found = await search(call, text, regexes, flags, values)
    isFound ||= found.count > 0
    if (flags.has('q')) continue
    write(call, name === '-' ? '(standard input)' : name, found, flags, showsName)
  }
  if (status !== 0 && !(flags.has('q') && isFound)) return 2
  return isFound ? 0 : 1
}

function compile(call: ProgramCall, pattern: string, flags: ReadonlySet<string>): Regex[] | null {
  const isExtended = flags.has('E') || flags.has('P') || call.name === 'egrep'
  const isFixed = flags.has('F') || call.name === 'fgrep'
  const regexes: Regex[] = []
  for (const line of pattern.split('\n').slice(0, 100)) {
    const bounded = flags.has('x')
      ? isExtended
        ? `^(${line})$`
        : `^\\(${line}\\)$`
      : flags.has('w')
        ? isExtended
          ? `\\b(${line})\\b`
          : `\\b\\(${line}\\)\\b`
        : line
    const regex = isFixed
      ? literalRegex(line, call.host.budget, flags.has('i'))
      : compileRegex(bounded, isExtended, call.host.budget, flags.has('i'))
    if (regex === null) return null
    regexes.push(regex)
  }
  return regexes
}

interface Found {
  /** Of lines. */
  count: number
  rows: Array<{ number: number; text: string; isMatch: boolean }>
}

/** Lines between which the event loop has a turn. */
const TURN_LINES = 500

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
async function search(
  call: ProgramCall,
  text: string,
  regexes: readonly Regex[],
  flags: ReadonlySet<string>,
  values: ReadonlyMap<string, string>,
): Promise<Found> {
  const lines = linesOf(text)
  const limit = Number(values.get('m') ?? Number.POSITIVE_INFINITY)
  const before = Number(values.get('B') ?? values.get('C') ?? 0) || 0
  const after = Number(values.get('A') ?? values.get('C') ?? 0) || 0
  const found: Found = { count: 0, rows: [] }
  let shownTo = -1
  let pending = 0
  for (const [at, line] of lines.entries()) {
    call.host.budget.spend(64 + line.length)
    if (at % TURN_LINES === 0) await call.host.budget.turn()
    const isMatch = regexes.some((regex) => regex.test(line)) !== flags.has('v')
    if (isMatch && found.count < limit) {
      found.count += 1
      for (let earlier = Math.max(shownTo + 1, at - before); earlier < at; earlier += 1)
        found.rows.push({ number: earlier + 1, text: lines[earlier] as string, isMatch: false })
      const texts = flags.has('o') ? occurrences(line, regexes) : [line]
      found.rows.push(...texts.map((each) => ({ number: at + 1, text: each, isMatch: true })))
      shownTo = at
      pending = after
      if (found.count >= limit && after === 0) break
    } else if (pending > 0) {
      pending -= 1
      found.rows.push({ number: at + 1, text: line, isMatch: false })
      shownTo = at
    }
  }
  return found
}

function occurrences(line: string, regexes: readonly Regex[]): string[] {
  const result: string[] = []
  for (const regex of regexes) {
    let at = 0
    while (at <= line.length && result.length < 10_000) {
      const match = regex.find(line, at)
      if (match === null) break
      if (match.end > match.start) result.push(line.slice(match.start, match.end))
      at = Math.max(match.end, match.start + 1)
    }
  }
  return result
}

function write(
  call: ProgramCall,
  name: string,
  found: Found,
  flags: ReadonlySet<string>,
  showsName: boolean,
): void {
  const prefix = showsName ? `${name}:` : ''
  if (flags.has('l') || flags.has('L')) {
    if (found.count > 0 === flags.has('l')) call.output.write(`${name}\n`)
  } else if (flags.has('c')) call.output.write(`${prefix}${found.count}\n`)
  else {
    const lines = found.rows.map(({ number, text, isMatch }) => {
      const mark = isMatch ? ':' : '-'
      return `${showsName ? name + mark : ''}${flags.has('n') ? number + mark : ''}${text}\n`
    })
    call.output.write(lines.join(''))
  }
}

const MAX_FILES = 2_000

function filesBelow(call: ProgramCall, names: readonly string[]): string[] {
  const result: string[] = []
  const visit = (name: string): void => {
    call.host.budget.spend(256)
    const node = call.host.files.find(pathOf(call, name), call.state.owner, true)
    if (node === null || node.kind === 'file') result.push(name)
    if (node?.kind !== 'folder' || result.length > MAX_FILES) return
    for (const inner of node.entries.keys())
      visit(name === '.' ? inner : `${name === '/' ? '' : name}/${inner}`)
  }
  for (const name of names) visit(name)
  return result
}
