import { unescaped } from '../../escapes.js'
import type { Program, ProgramCall } from '../../host.js'
import { linesOf } from '../arguments.js'
import { readSources } from '../reading.js'
import { AwkError, type AwkProcess, AwkSignal, createAwkProcess } from './process.js'
import { type Rule, readProgram } from './program.js'
import { AwkSyntaxError } from './scanner.js'
import { isTrue, Loose, type Value } from './values.js'

/** `awk`: XCU awk without functions of one's own, `getline`, pipes and output to files. */
export const awk: Program = async (call) => {
  const options = await optionsOf(call)
  if (options === null) return 2
  let rules: Rule[]
  try {
    rules = readProgram(options.program)
  } catch (error) {
    if (!(error instanceof AwkSyntaxError)) throw error
    call.error.write(`awk: line 1: ${error.message}\n`)
    return 2
  }
  const process = createAwkProcess(options.variables, call.host.budget, (text) => call.output.write(text))
  try {
    return await run(call, process, rules, options.names)
  } catch (error) {
    call.error.write(`awk: ${failureOf(error)}\n`)
    return 2
  }
}

/** mawk refuses a jump that leads nowhere before it runs anything. @throws {unknown} what is no failure of the program. */
function failureOf(error: unknown): string {
  if (error instanceof AwkError) return error.message
  if (!(error instanceof AwkSignal)) throw error
  if (error.kind === 'next') return 'line 1: improper use of next'
  return `line 1: ${error.kind} statement outside of loop`
}

interface AwkOptions {
  program: string
  variables: Array<[string, Value]>
  names: string[]
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=([\s\S]*)$/

/** Null after a message. */
async function optionsOf(call: ProgramCall): Promise<AwkOptions | null> {
  const args = [...call.args]
  const variables: Array<[string, Value]> = []
  const files: string[] = []
  while (/^-[Fvf]|^--$/.test(args[0] ?? '')) {
    const option = args.shift() as string
    if (option === '--') break
    const value = option.length > 2 ? option.slice(2) : (args.shift() ?? '')
    const assigned = ASSIGNMENT.exec(value)
    if (option[1] === 'F') variables.push(['FS', value === 't' ? '\t' : plain(value)])
    else if (option[1] === 'f') files.push(value)
    else if (assigned) variables.push([assigned[1] as string, new Loose(plain(assigned[2] as string))])
  }
  if (files.length === 0) {
    const program = args.shift()
    if (program !== undefined) return { program, variables, names: args }
    call.error.write('usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n')
    return null
  }
  const { sources, status } = await readSources(call, files)
  return status === 0 ? { program: sources.map(({ text }) => text).join('\n'), variables, names: args } : null
}

function plain(text: string): string {
  return unescaped(text, 'printf').text
}

async function run(
  call: ProgramCall,
  process: AwkProcess,
  rules: readonly Rule[],
  operands: readonly string[],
): Promise<number> {
  const of = (when: Rule['when']) => rules.filter((rule) => rule.when === when)
  let status = 0
  try {
    for (const rule of of('begin')) rule.run(process)
    if (rules.some(({ when }) => when !== 'begin')) {
      status = await readRecords(call, process, of('record'), operands)
    }
  } catch (error) {
    if (!isExit(error)) throw error
  }
  try {
    for (const rule of of('end')) rule.run(process)
  } catch (error) {
    if (!isExit(error)) throw error
  }
  return process.status || status
}

function isExit(error: unknown): boolean {
  return error instanceof AwkSignal && error.kind === 'exit'
}

/** Reads the files; an operand `NAME=value` sets a variable when its turn comes. */
async function readRecords(
  call: ProgramCall,
  process: AwkProcess,
  rules: readonly Rule[],
  operands: readonly string[],
): Promise<number> {
  let status = 0
  const inRange = new Set<Rule>()
  const hasFile = operands.some((operand) => !ASSIGNMENT.test(operand))
  for (const operand of hasFile ? operands : [...operands, '-']) {
    const assigned = ASSIGNMENT.exec(operand)
    if (assigned) {
      process.set(assigned[1] as string, new Loose(plain(assigned[2] as string)))
      continue
    }
    process.set('FILENAME', operand === '-' ? '' : operand)
    const read = await readSources(call, [operand])
    status ||= read.status === 0 ? 0 : 2
    for (const { text } of read.sources)
      for (const line of linesOf(text)) {
        await call.host.budget.turn()
        process.read(line)
        runRules(process, rules, inRange)
      }
  }
  return status
}

function runRules(process: AwkProcess, rules: readonly Rule[], inRange: Set<Rule>): void {
  try {
    for (const rule of rules) {
      process.step()
      if (applies(process, rule, inRange)) rule.run(process)
    }
  } catch (error) {
    if (!(error instanceof AwkSignal) || error.kind !== 'next') throw error
  }
}

function applies(process: AwkProcess, rule: Rule, inRange: Set<Rule>): boolean {
  const { pattern, until } = rule
  if (pattern === null) return true
  if (until === null) return isTrue(pattern(process))
  if (!inRange.has(rule) && !isTrue(pattern(process))) return false
  if (isTrue(until(process))) inRange.delete(rule)
  else inRange.add(rule)
  return true
}
