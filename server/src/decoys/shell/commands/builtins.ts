import { unescaped } from '../escapes.js'
import { DecoyFileError } from '../file-nodes.js'
import type { Program, ProgramCall } from '../host.js'
import { absolutePath } from '../paths.js'
import { environmentOf, setVariable, variableOf } from '../shell-state.js'
import { ExitSignal, LoopSignal, ReturnSignal } from '../signals.js'
import { formatPrintf } from './printf.js'
import { readFile } from './reading.js'
import { evaluateTest } from './test-expression.js'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** An error of the shell itself. @returns the status */
function complain({ error, state, name }: ProgramCall, message: string, status = 1): number {
  error.write(`${state.errorPrefix}${name}: ${message}\n`)
  return status
}

function changeFolder(call: ProgramCall): number {
  const { state, host, args } = call
  const operand = args.find((arg) => !/^-[LPe@]+$/.test(arg))
  const target =
    operand === undefined || operand === '--'
      ? variableOf(state, 'HOME')
      : operand === '-'
        ? variableOf(state, 'OLDPWD')
        : operand
  if (args.length > 1 && operand !== args.at(-1)) return complain(call, 'too many arguments')
  if (target === '') return operand === '-' ? complain(call, 'OLDPWD not set') : 0
  const path = absolutePath(target, state.folder)
  try {
    host.files.list(path, state.owner)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return state.flavour === 'sh'
      ? complain(call, `can't cd to ${target}`, 2)
      : complain(call, `${target}: ${error.message}`)
  }
  setVariable(state, 'OLDPWD', state.folder)
  setVariable(state, 'PWD', path)
  state.folder = path
  if (operand === '-') call.output.write(`${path}\n`)
  return 0
}

function echo({ args, output, state }: ProgramCall): number {
  const words = [...args]
  let isEscaped = state.flavour === 'sh'
  let hasNewline = true
  while (/^-[neE]+$/.test(words[0] ?? '') && (state.flavour === 'bash' || words[0] === '-n')) {
    for (const letter of (words.shift() as string).slice(1)) {
      if (letter === 'n') hasNewline = false
      else isEscaped = letter === 'e'
    }
  }
  const text = words.join(' ')
  const { text: shown, isEnd } = isEscaped ? unescaped(text, 'echo') : { text, isEnd: false }
  output.write(shown + (hasNewline && !isEnd ? '\n' : ''))
  return 0
}

function printf(call: ProgramCall): number {
  const args = call.args[0] === '--' ? call.args.slice(1) : [...call.args]
  let variable: string | null = null
  if (args[0] === '-v') [, variable = null] = args.splice(0, 2)
  const [format, ...values] = args
  if (format === undefined) return complain(call, 'usage: printf [-v var] format [arguments]', 2)
  const { text, status } = formatPrintf(format, values, (message) => complain(call, message))
  if (variable !== null && NAME.test(variable)) setVariable(call.state, variable, text)
  else call.output.write(text)
  return status
}

function test(call: ProgramCall): number {
  const { name, args } = call
  const closing = name === '[' ? ']' : name === '[[' ? ']]' : null
  // The parser has taken `]]` away.
  if (name === '[' && args.at(-1) !== closing) return complain(call, "missing `]'", 2)
  const words = name === '[' ? args.slice(0, -1) : args
  return evaluateTest(call, words, (message) => complain(call, message, 2))
}

function exportVariables(call: ProgramCall): number {
  const { args, state, output } = call
  const operands = args.filter((arg) => !arg.startsWith('-'))
  if (operands.length === 0) {
    for (const [name, value] of environmentOf(state).sort())
      output.write(`declare -x ${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`)
    return 0
  }
  let status = 0
  const isExport = call.name === 'export' || args.some((arg) => /^-[a-z]*x/.test(arg))
  for (const operand of operands) {
    const equals = operand.indexOf('=')
    const name = equals === -1 ? operand : operand.slice(0, equals)
    if (!NAME.test(name)) status = complain(call, `\`${operand}': not a valid identifier`)
    else if (equals !== -1) setVariable(state, name, operand.slice(equals + 1), isExport ? true : undefined)
    else if (isExport && state.variables.has(name)) setVariable(state, name, variableOf(state, name), true)
  }
  return status
}

function unset({ args, state }: ProgramCall): number {
  for (const name of args) {
    if (!state.variables.delete(name)) state.functions.delete(name)
  }
  return 0
}

const OPTION_LETTERS: Readonly<Record<string, string>> = {
  e: 'errexit',
  u: 'nounset',
  f: 'noglob',
  x: 'xtrace',
  a: 'allexport',
}

function set(call: ProgramCall): number {
  const { args, state, output } = call
  if (args.length === 0) {
    for (const [name, { value }] of [...state.variables].sort()) output.write(`${name}=${quoted(value)}\n`)
    return 0
  }
  const rest = [...args]
  while (rest.length > 0 && /^[-+][a-zA-Z]+$/.test(rest[0] as string)) {
    const word = rest.shift() as string
    const names = word.includes('o')
      ? [rest.shift() ?? '']
      : [...word.slice(1)].map((letter) => OPTION_LETTERS[letter] ?? '')
    for (const name of names) {
      if (word.startsWith('-') && name !== '' && state.options.size < 32) state.options.add(name)
      else state.options.delete(name)
    }
  }
  if (rest[0] === '--') state.parameters = rest.slice(1)
  else if (rest.length > 0) state.parameters = rest
  return 0
}

function quoted(value: string): string {
  return /^[\w./:@%+=,-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

async function read(call: ProgramCall): Promise<number> {
  const { args, state } = call
  const names: string[] = []
  let isRaw = false
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] as string
    if (/^-[pntdu]$/.test(arg)) {
      if (arg === '-p' && call.input.isTerminal) call.error.write(args[at + 1] ?? '')
      at += 1
    } else if (arg.startsWith('-')) isRaw ||= arg.includes('r')
    else names.push(arg)
  }
  let line = await call.input.readLine()
  const isEnd = line === null || !line.endsWith('\n')
  line = (line ?? '').replace(/\n$/, '')
  if (!isRaw) line = line.replace(/\\(.)/gs, '$1')
  const separators = state.variables.has('IFS') ? variableOf(state, 'IFS') : ' \t\n'
  assignFields(call, names.length === 0 ? ['REPLY'] : names, line, separators)
  return isEnd ? 1 : 0
}

function assignFields(
  { state }: ProgramCall,
  names: readonly string[],
  line: string,
  separators: string,
): void {
  const isSeparator = (char: string): boolean => separators.includes(char)
  let rest = line
  for (const [index, name] of names.entries()) {
    let start = 0
    while (start < rest.length && isSeparator(rest[start] as string) && /\s/.test(rest[start] as string))
      start += 1
    rest = rest.slice(start)
    if (index === names.length - 1) {
      let end = rest.length
      while (end > 0 && isSeparator(rest[end - 1] as string) && /\s/.test(rest[end - 1] as string)) end -= 1
      rest = rest.slice(0, end)
      if (NAME.test(name)) setVariable(state, name, rest)
      return
    }
    let end = 0
    while (end < rest.length && !isSeparator(rest[end] as string)) end += 1
    if (NAME.test(name)) setVariable(state, name, rest.slice(0, end))
    rest = rest.slice(end + 1)
  }
}

async function evaluate({ args, host, state, ...streams }: ProgramCall): Promise<number> {
  return await host.runScript(args.join(' '), state, streams)
}

async function source(call: ProgramCall): Promise<number> {
  const { args, host, state } = call
  const [name] = args
  if (name === undefined) return complain(call, 'filename argument required', 2)
  let text: string
  try {
    text = await readFile(call, name)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    call.error.write(`${state.errorPrefix}${name}: ${error.message}\n`)
    return 1
  }
  state.depth += 1
  try {
    return await host.runScript(text, state, call)
  } catch (error) {
    if (error instanceof ReturnSignal) return error.status
    throw error
  } finally {
    state.depth -= 1
  }
}

function typeOf(call: ProgramCall): number {
  let status = 0
  for (const name of call.args.filter((arg) => !arg.startsWith('-'))) {
    const description = describe(call, name)
    if (description === null) status = complain(call, `${name}: not found`)
    else call.output.write(`${name} is ${description}\n`)
  }
  return status
}

const KEYWORDS = new Set(
  'if then else elif fi for while until do done case esac function { } ! [['.split(' '),
)

function describe({ state, host }: ProgramCall, name: string): string | null {
  const alias = state.aliases.get(name)
  if (alias !== undefined) return `aliased to \`${alias}'`
  if (KEYWORDS.has(name)) return 'a shell keyword'
  if (state.functions.has(name)) return 'a function'
  if (host.builtins.has(name)) return 'a shell builtin'
  return host.which(name, state)
}

async function command(call: ProgramCall): Promise<number> {
  const { host, state } = call
  const args = [...call.args]
  const option = /^-[pvV]+$/.test(args[0] ?? '') ? (args.shift() as string) : ''
  if (option.toLowerCase().includes('v')) {
    let status = 0
    for (const name of args) {
      const isShells = state.functions.has(name) || host.builtins.has(name) || KEYWORDS.has(name)
      const path = isShells ? name : host.which(name, state)
      if (path === null) status = 1
      else call.output.write(option.includes('V') ? `${name} is ${describe(call, name)}\n` : `${path}\n`)
    }
    return status
  }
  const [name] = args
  if (name === undefined) return 0
  const builtin = host.builtins.get(name)
  return builtin === undefined
    ? await host.runProgram(args, state, call)
    : await builtin({ ...call, name, args: args.slice(1) })
}

async function execute(call: ProgramCall): Promise<number> {
  if (call.args.length === 0) return 0
  throw new ExitSignal(await command(call))
}

function history({ host, args, output }: ProgramCall): number {
  if (args[0] === '-c') {
    host.history.length = 0
    return 0
  }
  if (args[0]?.startsWith('-')) return 0
  const count = /^\d+$/.test(args[0] ?? '') ? Number(args[0]) : host.history.length
  const first = Math.max(0, host.history.length - count)
  for (const [index, line] of host.history.slice(first).entries())
    output.write(`${String(first + index + 1).padStart(5)}  ${line}\n`)
  return 0
}

function alias(call: ProgramCall): number {
  const { args, state, output } = call
  if (args.length === 0 || args[0] === '-p') {
    for (const [name, value] of [...state.aliases].sort()) output.write(`alias ${name}='${value}'\n`)
    return 0
  }
  for (const arg of args) {
    const equals = arg.indexOf('=')
    const value = state.aliases.get(arg)
    if (equals > 0 && state.aliases.size < 200)
      state.aliases.set(arg.slice(0, equals), arg.slice(equals + 1, equals + 1_025))
    else if (value !== undefined) output.write(`alias ${arg}='${value}'\n`)
    else return complain(call, `${arg}: not found`)
  }
  return 0
}

const ULIMITS: ReadonlyArray<[string, string, string, string]> = [
  ['c', 'core file size', '(blocks, -c)', '0'],
  ['d', 'data seg size', '(kbytes, -d)', 'unlimited'],
  ['f', 'file size', '(blocks, -f)', 'unlimited'],
  ['l', 'max locked memory', '(kbytes, -l)', '65536'],
  ['n', 'open files', '(-n)', '1024'],
  ['s', 'stack size', '(kbytes, -s)', '8192'],
  ['t', 'cpu time', '(seconds, -t)', 'unlimited'],
  ['u', 'max user processes', '(-u)', '7823'],
  ['v', 'virtual memory', '(kbytes, -v)', 'unlimited'],
]

function ulimit({ args, output }: ProgramCall): number {
  const letters = args.find((arg) => arg.startsWith('-'))?.replace(/[-SH]/g, '') ?? 'f'
  if (args.some((arg) => /^(\d+|unlimited)$/.test(arg))) return 0
  if (letters.includes('a')) {
    for (const [, text, unit, value] of ULIMITS)
      output.write(`${text.padEnd(24)}${unit.padStart(12)} ${value}\n`)
    return 0
  }
  output.write(`${ULIMITS.find(([letter]) => letters.includes(letter))?.[3] ?? 'unlimited'}\n`)
  return 0
}

function umask({ args, state, output }: ProgramCall): number {
  if (/^[0-7]{1,4}$/.test(args[0] ?? '')) state.umask = Number.parseInt(args[0] as string, 8) & 0o777
  else output.write(`${state.umask.toString(8).padStart(4, '0')}\n`)
  return 0
}

function leave({ args, state }: ProgramCall): never {
  throw new ExitSignal(
    /^\d+$/.test(args[0] ?? '') ? Number(args[0]) & 255 : args[0] === undefined ? state.status : 2,
  )
}

function levels(args: readonly string[]): number {
  return Math.max(1, Number.parseInt(args[0] ?? '1', 10) || 1)
}

function shift({ args, state }: ProgramCall): number {
  const count = Number.parseInt(args[0] ?? '1', 10)
  if (!(count >= 0) || count > state.parameters.length) return 1
  state.parameters = state.parameters.slice(count)
  return 0
}

const nothing: Program = () => 0

/** Commands that the shell itself has. */
export const BUILTINS: Readonly<Record<string, Program>> = {
  ':': nothing,
  '.': source,
  '[': test,
  '[[': test,
  alias,
  bg: (call) => complain(call, 'current: no such job'),
  bind: nothing,
  break: ({ args }) => {
    throw new LoopSignal('break', levels(args))
  },
  builtin: command,
  cd: changeFolder,
  command,
  continue: ({ args }) => {
    throw new LoopSignal('continue', levels(args))
  },
  declare: exportVariables,
  dirs: ({ state, output }) => {
    output.write(`${state.folder}\n`)
    return 0
  },
  disown: nothing,
  echo,
  enable: nothing,
  eval: evaluate,
  exec: execute,
  exit: leave,
  export: exportVariables,
  false: () => 1,
  fg: (call) => complain(call, 'current: no such job'),
  hash: nothing,
  help: ({ output }) => {
    output.write(
      "GNU bash, version 5.1.16(1)-release (x86_64-pc-linux-gnu)\nThese shell commands are defined internally.  Type `help' to see this list.\n",
    )
    return 0
  },
  history,
  jobs: nothing,
  local: exportVariables,
  logout: leave,
  printf,
  pwd: ({ state, output }) => {
    output.write(`${state.folder}\n`)
    return 0
  },
  read,
  readonly: exportVariables,
  return: ({ args, state }) => {
    throw new ReturnSignal(/^\d+$/.test(args[0] ?? '') ? Number(args[0]) & 255 : state.status)
  },
  set,
  shift,
  shopt: nothing,
  source,
  test,
  times: ({ output }) => {
    output.write('0m0.012s 0m0.004s\n0m0.000s 0m0.000s\n')
    return 0
  },
  trap: nothing,
  true: nothing,
  type: typeOf,
  typeset: exportVariables,
  ulimit,
  umask,
  unalias: ({ args, state }) => {
    if (args[0] === '-a') state.aliases.clear()
    for (const name of args) state.aliases.delete(name)
    return 0
  },
  unset,
  wait: nothing,
}
