import { unescaped } from '../escapes.js'
import { generalFormat } from './general-format.js'

const CONVERSION = /%(%|([-+ #0]*)(\*|\d{1,4})?(?:\.(\*|\d{0,4}))?([bcdiouxXqsfFeEgGaA]))/y
const MAX_LENGTH = 1_048_576
const MAX_WIDTH = 4_096

interface Arguments {
  values: readonly string[]
  at: number
  status: number
  complain: (message: string) => void
}

/** `printf` (XCU): the format is used again while arguments are left, unless `isOnce`. */
export function formatPrintf(
  format: string,
  values: readonly string[],
  complain: (message: string) => void,
  { isOnce = false }: { isOnce?: boolean } = {},
): { text: string; status: number } {
  const args: Arguments = { values, at: 0, status: 0, complain }
  let text = ''
  for (;;) {
    const before = args.at
    const { written, isEnd } = formatOnce(format, args)
    text += written
    if (text.length > MAX_LENGTH) {
      complain('write error: No space left on device')
      return { text: text.slice(0, MAX_LENGTH), status: 1 }
    }
    if (isOnce || isEnd || args.at >= values.length || args.at === before) break
  }
  return { text, status: args.status }
}

function formatOnce(format: string, args: Arguments): { written: string; isEnd: boolean } {
  let written = ''
  let at = 0
  while (at < format.length) {
    const percent = format.indexOf('%', at)
    const literal = unescaped(format.slice(at, percent === -1 ? format.length : percent), 'printf')
    written += literal.text
    if (literal.isEnd) return { written, isEnd: true }
    if (percent === -1) break
    CONVERSION.lastIndex = percent
    const match = CONVERSION.exec(format)
    if (match === null) {
      args.complain(`\`${format.slice(percent, percent + 2)}': invalid format character`)
      args.status = 1
      return { written, isEnd: true }
    }
    at = CONVERSION.lastIndex
    const converted = match[1] === '%' ? { text: '%', isEnd: false } : convert(match, args)
    written += converted.text
    if (converted.isEnd) return { written, isEnd: true }
  }
  return { written, isEnd: false }
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one conversion of the standard
function convert(match: RegExpExecArray, args: Arguments): { text: string; isEnd: boolean } {
  const flags = match[2] ?? ''
  const width = sizeOf(match[3], args)
  const precision = match[4] === undefined ? null : sizeOf(match[4], args)
  const kind = match[5] as string
  const value = nextValue(args)
  const isLeft = flags.includes('-') || width < 0
  const pad = (text: string, fill = ' '): string =>
    isLeft ? text.padEnd(Math.abs(width)) : text.padStart(Math.abs(width), fill)
  if (kind === 's') return { text: pad(precision === null ? value : value.slice(0, precision)), isEnd: false }
  if (kind === 'c') return { text: pad(value.slice(0, 1)), isEnd: false }
  if (kind === 'q')
    return {
      text: pad(/^[\w./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`),
      isEnd: false,
    }
  if (kind === 'b') {
    const { text, isEnd } = unescaped(
      value.replace(/\\([0-7]{1,3})/g, (_, octal) => `\\0${octal}`),
      'echo',
    )
    return { text: pad(text), isEnd }
  }
  const text = number(kind, value, precision, args)
  const signed =
    /^[-+]/.test(text) || !/[di]/.test(kind)
      ? text
      : `${flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''}${text}`
  const hasDigits = precision !== null && /[diouxX]/.test(kind)
  if (!flags.includes('0') || isLeft || hasDigits) return { text: pad(signed), isEnd: false }
  const sign = /^[-+ ]/.exec(signed)?.[0] ?? ''
  return { text: sign + signed.slice(sign.length).padStart(width - sign.length, '0'), isEnd: false }
}

function sizeOf(text: string | undefined, args: Arguments): number {
  if (text === undefined || text === '') return 0
  const size = Number(text === '*' ? nextValue(args) : text)
  return Number.isInteger(size) ? Math.max(-MAX_WIDTH, Math.min(MAX_WIDTH, size)) : 0
}

function nextValue(args: Arguments): string {
  const value = args.values[args.at] ?? ''
  args.at += 1
  return value
}

function number(kind: string, written: string, precision: number | null, args: Arguments): string {
  if (/[fFeEgGaA]/.test(kind)) {
    const value = Number.parseFloat(written) || 0
    const digits = Math.min(precision ?? 6, 100)
    if (/[eE]/.test(kind)) return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
    return /[fF]/.test(kind) ? value.toFixed(digits) : generalFormat(value, digits)
  }
  const value = integer(written, args)
  const base = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10
  const shown = kind === 'd' || kind === 'i' ? value : BigInt.asUintN(64, value)
  const digits = shown
    .toString(base)
    .replace('-', '')
    .padStart(precision ?? 0, '0')
  return (shown < 0n ? '-' : '') + (kind === 'X' ? digits.toUpperCase() : digits)
}

function integer(written: string, args: Arguments): bigint {
  const text = written.trim()
  if (/^["']/.test(text)) return BigInt(text.charCodeAt(1) || 0)
  const match = /^([-+]?)(0[xX][0-9a-fA-F]{1,16}|0[0-7]{1,22}|\d{1,20})/.exec(text)
  if (match === null || match[0].length < text.length) {
    if (text !== '') {
      args.complain(`${text}: invalid number`)
      args.status = 1
    }
    if (match === null) return 0n
  }
  const digits = match[2] as string
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits)
  return BigInt.asIntN(64, match[1] === '-' ? -value : value)
}
