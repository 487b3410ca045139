import type { Budget } from '../../limits.js'
import { compileRegex, type Regex } from '../regex.js'
import { fieldsOf } from './record.js'
import { Loose, numberOf, textOf, UNSET, type Value } from './values.js'

/** `next`, `exit`, `break` and `continue`. */
export class AwkSignal extends Error {
  override name = 'AwkSignal'

  constructor(readonly kind: 'next' | 'exit' | 'break' | 'continue') {
    super(kind)
  }
}

/** What ends a program, as mawk says it. */
export class AwkError extends Error {
  override name = 'AwkError'
}

/** A program of awk that runs: its variables, arrays and record. */
export interface AwkProcess {
  get(name: string): Value
  set(name: string, value: Value): Value
  array(name: string): Map<string, Value>
  field(index: number): Value
  setField(index: number, value: Value): Value
  /** Makes a line the record. */
  read(line: string): void
  /** The regular expression of a pattern. @throws {AwkError} where the pattern is none. */
  regex(pattern: string): Regex
  write(text: string): void
  /** Counts a step and the bytes that it handles. Throws WorkExhaustedError. */
  step(bytes?: number): void
  status: number
}

export type Expression = (process: AwkProcess) => Value

const STEP_BYTES = 32
const MAX_NAMES = 500
const MAX_ELEMENTS = 10_000
const MAX_FIELD = 10_000
const MAX_REGEXES = 200

/** @param write where `print` writes. */
export function createAwkProcess(
  variables: ReadonlyArray<[string, Value]>,
  budget: Budget,
  write: (text: string) => void,
): AwkProcess {
  const values = new Map<string, Value>([
    ['FS', ' '],
    ['OFS', ' '],
    ['ORS', '\n'],
    ['NR', 0],
    ['NF', 0],
    ['SUBSEP', '\x1c'],
    ...variables,
  ])
  const arrays = new Map<string, Map<string, Value>>()
  const regex = createRegexes(budget)
  const record = createRecord(values, budget, regex)

  return {
    ...record,
    status: 0,
    get: (name) => values.get(name) ?? UNSET,
    set(name, value) {
      if (values.size >= MAX_NAMES && !values.has(name)) throw new AwkError('out of memory')
      values.set(name, value)
      if (name === 'NF') record.cut(numberOf(value))
      return value
    },
    array(name) {
      const known = arrays.get(name) ?? new Map<string, Value>()
      if (known.size > MAX_ELEMENTS || arrays.size > MAX_NAMES) throw new AwkError('out of memory')
      arrays.set(name, known)
      return known
    },
    regex,
    write(text) {
      budget.spend(text.length)
      write(text)
    },
    step: (bytes = 0) => budget.spend(STEP_BYTES + bytes),
  }
}

/** The record and its fields; `NF` and `NR` follow them. */
function createRecord(values: Map<string, Value>, budget: Budget, regex: AwkProcess['regex']) {
  let record = ''
  let fields: string[] = []
  const setting = (name: string): string => textOf(values.get(name) ?? UNSET)

  function useRecord(text: string): void {
    budget.spend(STEP_BYTES + text.length)
    record = text
    fields = fieldsOf(text, setting('FS'), regex)
    values.set('NF', fields.length)
  }

  function useFields(changed: string[]): void {
    fields = changed
    values.set('NF', fields.length)
    record = fields.join(setting('OFS'))
    budget.spend(fields.length + record.length)
  }

  return {
    field(index: number): Value {
      const at = indexOf(index)
      return at === 0 ? new Loose(record) : at > fields.length ? UNSET : new Loose(fields[at - 1] ?? '')
    },
    setField(index: number, value: Value): Value {
      const at = indexOf(index)
      if (at === 0) useRecord(textOf(value))
      else {
        while (fields.length < at) fields.push('')
        fields[at - 1] = textOf(value)
        useFields(fields)
      }
      return value
    },
    /** Makes it have so many fields. */
    cut(count: number): void {
      useFields(Array.from({ length: indexOf(count) }, (_, at) => fields[at] ?? ''))
    },
    read(line: string): void {
      values.set('NR', numberOf(values.get('NR') ?? 0) + 1)
      useRecord(line)
    },
  }
}

function indexOf(index: number): number {
  const whole = Math.trunc(index)
  if (whole < 0) throw new AwkError(`trying to access out of range field ${whole}`)
  if (whole > MAX_FIELD) throw new AwkError(`field index ${whole} exceeds the limit`)
  return whole
}

/** Compiles each regular expression once. */
function createRegexes(budget: Budget): AwkProcess['regex'] {
  const regexes = new Map<string, Regex>()
  function compile(pattern: string): Regex {
    const regex = compileRegex(pattern, true, budget)
    if (regex === null)
      throw new AwkError(`regular expression compile failed (bad class or group)\n${pattern}`)
    if (regexes.size < MAX_REGEXES) regexes.set(pattern, regex)
    return regex
  }

  return (pattern) => {
    budget.spend(STEP_BYTES)
    return regexes.get(pattern) ?? compile(pattern)
  }
}
