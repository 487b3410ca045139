import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { toBuffer } from '../bytes.js'
import type { Program, ProgramCall } from '../host.js'
import { WriteError } from '../limits.js'
import { fail, invalidOption, linesOf, readOptions } from './arguments.js'
import { attempt, pathOf, readBeginning, readSources } from './reading.js'

/** All inputs as one text. */
async function readAll(
  call: ProgramCall,
  names: readonly string[],
): Promise<{ text: string; status: number }> {
  const { sources, status } = await readSources(call, names)
  return { text: sources.map(({ text }) => text).join(''), status }
}

/** `-5` is `-n 5`. */
function withCounts(args: readonly string[]): string[] {
  return args.flatMap((arg) => (/^-\d+$/.test(arg) ? ['-n', arg.slice(1)] : [arg]))
}

const head: Program = async (call) =>
  await ends(
    call,
    (lines, count) => (count < 0 ? lines.slice(0, count) : lines.slice(0, count)),
    (text, count) => text.slice(0, count),
  )

const tail: Program = async (call) =>
  await ends(
    call,
    (lines, count, isFromStart) =>
      isFromStart ? lines.slice(Math.max(0, count - 1)) : count === 0 ? [] : lines.slice(-count),
    (text, count) => (count === 0 ? '' : text.slice(-count)),
  )

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
async function ends(
  call: ProgramCall,
  ofLines: (lines: string[], count: number, isFromStart: boolean) => string[],
  ofBytes: (text: string, count: number) => string,
): Promise<number> {
  const { flags, values, operands, unknown } = readOptions(withCounts(call.args), {
    letters: 'fFqvz',
    valued: 'nc',
    long: { 'lines=': 'n', 'bytes=': 'c', quiet: 'q', follow: 'f' },
  })
  if (unknown !== null) return invalidOption(call, unknown)
  const written = values.get('c') ?? values.get('n') ?? '10'
  const match = /^([-+]?)(\d{1,9})[kKMb]?$/.exec(written)
  if (match === null)
    return fail(call, `invalid number of ${values.has('c') ? 'bytes' : 'lines'}: '${written}'`)
  const unit = { k: 1_024, K: 1_024, M: 1_048_576, b: 512 }[/[kKMb]$/.exec(written)?.[0] ?? ''] ?? 1
  const count = Number(match[2]) * unit * (call.name === 'head' && match[1] === '-' ? -1 : 1)
  const isBeginning = values.has('c') && call.name === 'head' && count >= 0
  const { sources, status } = await readSources(
    call,
    operands,
    isBeginning ? (name) => readBeginning(call, name, count) : undefined,
  )
  for (const [index, { name, text }] of sources.entries()) {
    if ((sources.length > 1 && !flags.has('q')) || flags.has('v'))
      call.output.write(`${index > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`)
    if (values.has('c')) {
      call.output.write(ofBytes(text, count))
      // An endless device filled the largest file that there may be.
      if (isBeginning && text.length === call.host.limits.fileBytes && count > text.length)
        throw new WriteError('No space left on device')
    } else call.output.write(ofLines(text.split(/(?<=\n)/), count, match[1] === '+').join(''))
  }
  return status
}

const wc: Program = async (call) => {
  const { flags, operands, unknown } = readOptions(call.args, {
    letters: 'clmwL',
    long: { lines: 'l', words: 'w', bytes: 'c' },
  })
  if (unknown !== null) return invalidOption(call, unknown)
  const { sources, status } = await readSources(call, operands)
  const keys = ['l', 'w', 'm', 'c'].filter((key) => (flags.size === 0 ? key !== 'm' : flags.has(key)))
  const rows = sources.map(({ name, text }) => {
    call.host.budget.spend(text.length)
    const counts: Record<string, number> = {
      l: text.split('\n').length - 1,
      w: text.split(/\s+/).filter((word) => word !== '').length,
      m: Buffer.from(text, 'latin1').toString('utf8').length,
      c: text.length,
    }
    return { name: name === '-' ? '' : name, counts: keys.map((key) => counts[key] as number) }
  })
  if (rows.length > 1) {
    const totals = keys.map((_, at) => rows.reduce((sum, row) => sum + (row.counts[at] as number), 0))
    rows.push({ name: 'total', counts: totals })
  }
  const isOnlyInput = operands.length === 0
  const widest = Math.max(1, ...rows.flatMap((row) => row.counts.map((count) => String(count).length)))
  const width = keys.length === 1 && rows.length === 1 ? 1 : isOnlyInput ? 7 : widest
  for (const { name, counts } of rows)
    call.output.write(
      `${counts.map((count) => String(count).padStart(width)).join(' ')}${name === '' ? '' : ` ${name}`}\n`,
    )
  return status
}

const sort: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: 'bcdfghinrsuVz',
    valued: 'kto',
    long: { unique: 'u', reverse: 'r', 'numeric-sort': 'n' },
  })
  const { text, status } = await readAll(call, operands)
  call.host.budget.spend(text.length * 4)
  await call.host.budget.turn()
  const separator = values.get('t')
  const [first = '', last] = (values.get('k') ?? '').split(',')
  const field = Number.parseInt(first, 10)
  const isNumeric = flags.has('n') || flags.has('g') || flags.has('h') || /n/.test(first + (last ?? ''))
  const isReversed = flags.has('r') || /r/.test(first + (last ?? ''))
  const lastField = last === undefined ? undefined : Number.parseInt(last, 10)
  const keyOf = (line: string): string => {
    if (!(field > 0)) return line
    const fields = separator === undefined ? line.trim().split(/\s+/) : line.split(separator)
    return fields.slice(field - 1, lastField).join(separator ?? ' ')
  }
  const folded = (key: string): string => (flags.has('f') ? key.toUpperCase() : key)
  const numberOf = (key: string): number => {
    const match = /^\s*(-?\d*\.?\d+)([KMGT]?)/.exec(key)
    if (match === null) return 0
    return Number(match[1]) * (flags.has('h') ? 1_024 ** ' KMGT'.indexOf(match[2] || ' ') : 1)
  }
  const keyed = linesOf(text).map((line) => ({ line, key: folded(keyOf(line)) }))
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  const byKey = (a: { key: string }, b: { key: string }): number =>
    isNumeric ? numberOf(a.key) - numberOf(b.key) : byText(a.key, b.key)
  keyed.sort(
    (a, b) =>
      (byKey(a, b) || (flags.has('u') || flags.has('s') ? 0 : byText(a.line, b.line))) *
      (isReversed ? -1 : 1),
  )
  const kept = flags.has('u')
    ? keyed.filter((each, at) => at === 0 || byKey(keyed[at - 1] as { key: string }, each) !== 0)
    : keyed
  call.output.write(kept.map(({ line }) => `${line}\n`).join(''))
  return status
}

const uniq: Program = async (call) => {
  const { flags, operands } = readOptions(call.args, { letters: 'cdiu', valued: 'fsw', long: { count: 'c' } })
  const { text, status } = await readAll(call, operands.slice(0, 1))
  const groups: Array<{ line: string; count: number }> = []
  const folded = (line: string): string => (flags.has('i') ? line.toLowerCase() : line)
  for (const line of linesOf(text)) {
    const last = groups.at(-1)
    if (last !== undefined && folded(last.line) === folded(line)) last.count += 1
    else groups.push({ line, count: 1 })
  }
  const shown = groups.filter(({ count }) =>
    flags.has('d') ? count > 1 : flags.has('u') ? count === 1 : true,
  )
  call.output.write(
    shown
      .map(({ line, count }) => `${flags.has('c') ? `${String(count).padStart(7)} ` : ''}${line}\n`)
      .join(''),
  )
  return status
}

/** Ranges of `cut`: `1,3-5,7-`. Null where the list is none. */
function rangesOf(list: string): Array<[number, number]> | null {
  const ranges: Array<[number, number]> = []
  for (const part of list.split(',').slice(0, 1_000)) {
    const match = /^(\d{0,9})(-?)(\d{0,9})$/.exec(part)
    if (match === null || (match[1] === '' && match[3] === '')) return null
    const from = match[1] === '' ? 1 : Number(match[1])
    ranges.push([
      from,
      match[2] === '' ? from : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]),
    ])
  }
  return ranges
}

const cut: Program = async (call) => {
  const { flags, values, operands, unknown } = readOptions(call.args, {
    letters: 'sn',
    valued: 'bcfd',
    long: {
      'delimiter=': 'd',
      'fields=': 'f',
      complement: 'C',
      'output-delimiter=': 'o',
      'only-delimited': 's',
    },
  })
  if (unknown !== null) return invalidOption(call, unknown)
  const list = values.get('f') ?? values.get('c') ?? values.get('b')
  if (list === undefined)
    return fail(
      call,
      "you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.",
    )
  const ranges = rangesOf(list)
  if (ranges === null)
    return fail(call, `invalid field value '${list}'\nTry 'cut --help' for more information.`)
  const isFields = values.has('f')
  const separator = values.get('d') ?? '\t'
  if (isFields && separator.length !== 1)
    return fail(call, "the delimiter must be a single character\nTry 'cut --help' for more information.")
  const { text, status } = await readAll(call, operands)
  const isChosen = (at: number): boolean =>
    ranges.some(([from, to]) => at >= from && at <= to) !== flags.has('C')
  const lines: string[] = []
  for (const line of linesOf(text)) {
    call.host.budget.spend(line.length * ranges.length)
    if (isFields && !line.includes(separator)) {
      if (!flags.has('s')) lines.push(line)
      continue
    }
    const parts = isFields ? line.split(separator) : [...line]
    lines.push(parts.filter((_, at) => isChosen(at + 1)).join(isFields ? (values.get('o') ?? separator) : ''))
  }
  call.output.write(lines.map((line) => `${line}\n`).join(''))
  return status
}

const CLASS_CHARACTERS: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[^\x20-\x7e\x80-\xff]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

/** Characters of a set of `tr`, in order. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
function characterSet(text: string): string[] {
  const plain = text
    .replace(/\\([0-7]{1,3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8) & 255))
    .replace(
      /\\([abfnrtv\\])/g,
      (_, letter: string) =>
        ({ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' })[letter] as string,
    )
  const characters: string[] = []
  for (const [, name, low, high, single] of plain.matchAll(/\[:([a-z]+):\]|([\s\S])-([\s\S])|([\s\S])/g)) {
    const expression = name === undefined ? undefined : CLASS_CHARACTERS[name]
    if (expression !== undefined) {
      for (let code = 0; code < 256; code += 1)
        if (expression.test(String.fromCharCode(code))) characters.push(String.fromCharCode(code))
    } else if (low !== undefined && high !== undefined) {
      for (let code = low.charCodeAt(0); code <= high.charCodeAt(0) && characters.length < 4_096; code += 1)
        characters.push(String.fromCharCode(code))
    } else if (single !== undefined) characters.push(single)
  }
  return characters
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
const tr: Program = async (call) => {
  const { flags, operands } = readOptions(call.args, {
    letters: 'cCdst',
    endsAtOperand: true,
    long: { delete: 'd', 'squeeze-repeats': 's', complement: 'c' },
  })
  const [from, to] = operands
  if (from === undefined) return fail(call, "missing operand\nTry 'tr --help' for more information.")
  const listed = characterSet(from)
  const isComplement = flags.has('c') || flags.has('C')
  const isListed = new Set(listed)
  const first = isComplement
    ? Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
        (char) => !isListed.has(char),
      )
    : listed
  const second = to === undefined ? [] : characterSet(to)
  const members = new Set(first)
  const mapped = new Map<string, string>()
  if (!flags.has('d') && second.length > 0)
    for (const [at, char] of first.entries())
      if (!mapped.has(char) || !isComplement) mapped.set(char, (second[at] ?? second.at(-1)) as string)
  const squeezed = new Set(flags.has('s') ? (second.length > 0 ? second : first) : [])
  const text = await call.input.readAll()
  call.host.budget.spend(text.length)
  const result: string[] = []
  let previous = ''
  for (const char of text) {
    if (flags.has('d') && members.has(char)) continue
    const next = mapped.get(char) ?? char
    if (next === previous && squeezed.has(next)) continue
    previous = next
    result.push(next)
  }
  call.output.write(result.join(''))
  return 0
}

const base64: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: 'dDi',
    valued: 'w',
    long: { decode: 'd', 'ignore-garbage': 'i', 'wrap=': 'w' },
  })
  const { text, status } = await readAll(call, operands)
  if (!flags.has('d') && !flags.has('D')) {
    const encoded = toBuffer(text).toString('base64')
    const width = Number(values.get('w') ?? 76)
    const lines =
      width > 0 ? (encoded.match(new RegExp(`.{1,${Math.min(width, 65_535)}}`, 'g')) ?? []) : [encoded]
    call.output.write(lines.join('\n') + (width > 0 && lines.length > 0 ? '\n' : ''))
    return status
  }
  const compact = text.replace(/\n/g, '')
  const valid = /^[A-Za-z0-9+/]*={0,2}/.exec(compact)?.[0] ?? ''
  call.output.write(Buffer.from(valid, 'base64').toString('latin1'))
  return valid.length === compact.length && compact.length % 4 === 0 ? status : fail(call, 'invalid input')
}

function checksum(algorithm: string): Program {
  return async (call) => {
    const { sources, status } = await readSources(
      call,
      call.args.filter((arg) => !/^-[a-z]|^--/.test(arg)),
    )
    for (const { name, text } of sources)
      call.output.write(`${createHash(algorithm).update(toBuffer(text)).digest('hex')}  ${name}\n`)
    return status
  }
}

const xxd: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, { letters: 'Cpru', valued: 'lsntAN' })
  const { text, status } = await readAll(call, operands)
  const content = toBuffer(text).subarray(
    0,
    Number(values.get('l') ?? values.get('n') ?? values.get('N')) || undefined,
  )
  call.host.budget.spend(content.length * 4)
  if (flags.has('p')) {
    call.output.write(`${(content.toString('hex').match(/.{1,60}/g) ?? []).join('\n')}\n`)
    return status
  }
  const lines: string[] = []
  for (let at = 0; at < content.length; at += 16) {
    const row = content.subarray(at, at + 16)
    const shown = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    if (call.name === 'xxd') {
      const pairs = row.toString('hex').match(/.{1,4}/g) ?? []
      lines.push(`${at.toString(16).padStart(8, '0')}: ${pairs.join(' ').padEnd(39)}  ${shown}\n`)
    } else {
      const bytes = [...row].map((byte) => byte.toString(16).padStart(2, '0'))
      lines.push(
        `${at.toString(16).padStart(8, '0')}  ${`${bytes.slice(0, 8).join(' ')}  ${bytes.slice(8).join(' ')}`.padEnd(48)}  |${shown}|\n`,
      )
    }
  }
  if (call.name !== 'xxd' && content.length > 0)
    lines.push(`${content.length.toString(16).padStart(8, '0')}\n`)
  call.output.write(lines.join(''))
  return status
}

const strings: Program = async (call) => {
  const { values, operands } = readOptions(withCounts(call.args), { letters: 'af', valued: 'ntel' })
  const { text, status } = await readAll(call, operands)
  call.host.budget.spend(text.length)
  const length = Math.max(1, Math.min(255, Number(values.get('n') ?? 4) || 4))
  const found = text.match(/[\x20-\x7e\t]{2,}/g) ?? []
  call.output.write(
    found
      .filter((each) => each.length >= length)
      .map((each) => `${each}\n`)
      .join(''),
  )
  return status
}

const rev: Program = async (call) => {
  const { text, status } = await readAll(call, call.args)
  call.output.write(
    linesOf(text)
      .map((line) => `${[...line].reverse().join('')}\n`)
      .join(''),
  )
  return status
}

const tac: Program = async (call) => {
  const { text, status } = await readAll(call, call.args)
  call.output.write(
    linesOf(text)
      .reverse()
      .map((line) => `${line}\n`)
      .join(''),
  )
  return status
}

const nl: Program = async (call) => {
  const { text, status } = await readAll(
    call,
    call.args.filter((arg) => !arg.startsWith('-')),
  )
  let number = 0
  call.output.write(
    linesOf(text)
      .map((line) => {
        if (line === '') return '       \n'
        number += 1
        return `${String(number).padStart(6)}\t${line}\n`
      })
      .join(''),
  )
  return status
}

/** Numbers that are written at once. */
const SEQUENCE_BLOCK = 1_000

const seq: Program = async (call) => {
  const { values, operands } = readOptions(
    call.args.map((arg) => (/^-\d/.test(arg) ? `+${arg}` : arg)),
    { letters: 'w', valued: 'sf' },
  )
  const numbers = operands.map((operand) => Number(operand.replace(/^\+-/, '-')))
  if (numbers.length === 0) return fail(call, "missing operand\nTry 'seq --help' for more information.")
  const invalid = operands.find((_, at) => !Number.isFinite(numbers[at]))
  if (invalid !== undefined)
    return fail(call, `invalid floating point argument: '${invalid}'\nTry 'seq --help' for more information.`)
  const first = numbers.length > 1 ? (numbers[0] as number) : 1
  const step = numbers.length > 2 ? (numbers[1] as number) : 1
  const last = numbers.at(-1) as number
  if (step === 0)
    return fail(call, "invalid Zero increment value: '0'\nTry 'seq --help' for more information.")
  const count = Math.max(0, Math.floor((last - first) / step + 1e-9) + 1)
  const separator = values.get('s') ?? '\n'
  for (let at = 0; at < count; at += SEQUENCE_BLOCK) {
    const length = Math.min(SEQUENCE_BLOCK, count - at)
    const items = Array.from({ length }, (_, n) => String(Number((first + (at + n) * step).toFixed(9))))
    const text = `${items.join(separator)}${at + length < count ? separator : '\n'}`
    call.host.budget.spend(text.length)
    await call.host.budget.turn()
    call.output.write(text)
  }
  return 0
}

/** Writes until nobody reads it any more. */
const yes: Program = async (call) => {
  const line = `${call.args.length === 0 ? 'y' : call.args.join(' ')}\n`
  const block = line.repeat(Math.max(1, Math.floor(8_192 / line.length)))
  for (;;) {
    call.host.budget.spend(block.length)
    await call.host.budget.turn()
    call.output.write(block)
  }
}

const gzip: Program = async (call) => {
  const { flags, operands } = readOptions(call.args, {
    letters: 'cdfkNnqrtv123456789',
    long: { decompress: 'd', stdout: 'c', keep: 'k', force: 'f' },
  })
  const isDecoding = flags.has('d') || call.name === 'gunzip' || call.name === 'zcat'
  const isToOutput = flags.has('c') || call.name === 'zcat' || operands.length === 0
  const { sources, status } = await readSources(call, operands)
  let result = status
  for (const { name, text } of sources) {
    call.host.budget.spend(text.length * 2)
    let converted: Buffer
    try {
      const content = toBuffer(text)
      converted = isDecoding
        ? gunzipSync(content, { maxOutputLength: call.host.limits.fileBytes })
        : gzipSync(content)
    } catch {
      result = fail(
        call,
        name === '-' ? '\nstdin: not in gzip format' : `\ngzip: ${name}: not in gzip format`,
      )
      continue
    }
    call.host.budget.spend(converted.length)
    if (isToOutput) call.output.write(converted.toString('latin1'))
    else
      result ||= replaceFile(
        call,
        name,
        isDecoding ? name.replace(/\.t?gz$/, '') : `${name}.gz`,
        converted,
        flags.has('k'),
      )
  }
  return result
}

function replaceFile(call: ProgramCall, from: string, to: string, content: Buffer, isKept: boolean): number {
  const { files } = call.host
  return attempt(
    call,
    (reason) => `${to}: ${reason}`,
    () => {
      const node = files.create(pathOf(call, to), call.state.owner, 0o666 & ~call.state.umask)
      files.append(node, content)
      if (!isKept && from !== to) files.remove(pathOf(call, from), call.state.owner)
    },
  )
}

/** Filters and other commands on text. */
export const TEXT_COMMANDS: Readonly<Record<string, Program>> = {
  base64,
  cut,
  gunzip: gzip,
  gzip,
  head,
  hexdump: xxd,
  md5sum: checksum('md5'),
  nl,
  od: xxd,
  rev,
  seq,
  sha1sum: checksum('sha1'),
  sha256sum: checksum('sha256'),
  sha512sum: checksum('sha512'),
  sort,
  strings,
  tac,
  tail,
  tr,
  uniq,
  wc,
  xxd,
  yes,
  zcat: gzip,
}
