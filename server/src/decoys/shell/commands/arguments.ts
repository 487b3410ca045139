import type { ProgramCall } from '../host.js'

/** Options of a call, as `getopt_long` reads them. */
export interface Options {
  flags: ReadonlySet<string>
  values: ReadonlyMap<string, string>
  operands: readonly string[]
  /** The first option that is not known, as written; null where all are. */
  unknown: string | null
}

/** What a command takes: letters, letters that take a value, and long names for letters (`name=` takes a value). */
export interface OptionSpecification {
  letters?: string
  valued?: string
  long?: Readonly<Record<string, string>>
  /** Options end at the first operand, as in `sudo` and `nohup`. */
  endsAtOperand?: boolean
}

/** Reads options. Those that are not in the specification are reported by `unknown` and are otherwise ignored. */
export function readOptions(args: readonly string[], specification: OptionSpecification): Options {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const operands: string[] = []
  let unknown: string | null = null
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] as string
    if (arg === '--') {
      operands.push(...args.slice(at + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      if (specification.endsAtOperand === true) {
        operands.push(...args.slice(at))
        break
      }
      operands.push(arg)
      continue
    }
    const read = arg.startsWith('--')
      ? readLong(arg, args[at + 1], specification)
      : readShort(arg, args[at + 1], specification)
    for (const flag of read.flags) flags.add(flag)
    for (const [name, value] of read.values) values.set(name, value)
    unknown ??= read.unknown
    if (read.tookNext) at += 1
  }
  return { flags, values, operands, unknown }
}

interface ReadOption {
  flags: string[]
  values: Array<[string, string]>
  unknown: string | null
  tookNext: boolean
}

function readShort(arg: string, next: string | undefined, specification: OptionSpecification): ReadOption {
  const read: ReadOption = { flags: [], values: [], unknown: null, tookNext: false }
  for (let at = 1; at < arg.length; at += 1) {
    const letter = arg[at] as string
    if (specification.valued?.includes(letter)) {
      const rest = arg.slice(at + 1)
      read.values.push([letter, rest === '' ? (next ?? '') : rest])
      read.tookNext = rest === ''
      return read
    }
    if (specification.letters?.includes(letter)) read.flags.push(letter)
    else read.unknown ??= letter
  }
  return read
}

function readLong(arg: string, next: string | undefined, specification: OptionSpecification): ReadOption {
  const [name = '', ...rest] = arg.slice(2).split('=')
  const letter = specification.long?.[name]
  const valuedLetter = specification.long?.[`${name}=`]
  if (letter !== undefined) return { flags: [letter], values: [], unknown: null, tookNext: false }
  if (valuedLetter !== undefined) {
    const value = rest.length > 0 ? rest.join('=') : (next ?? '')
    return { flags: [], values: [[valuedLetter, value]], unknown: null, tookNext: rest.length === 0 }
  }
  return { flags: [], values: [], unknown: arg, tookNext: false }
}

/** Writes the error of GNU programs for an option that is not known. @returns status 1, or what is given. */
export function invalidOption(call: ProgramCall, unknown: string, status = 1): number {
  const text = unknown.startsWith('--')
    ? `unrecognized option '${unknown}'`
    : `invalid option -- '${unknown}'`
  call.error.write(`${call.name}: ${text}\nTry '${call.name} --help' for more information.\n`)
  return status
}

/** Lines without their newlines; an unfinished last line counts. */
export function linesOf(text: string): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** A message of a program that names itself. @returns 1 */
export function fail(call: ProgramCall, message: string, status = 1): number {
  call.error.write(`${call.name}: ${message}\n`)
  return status
}
