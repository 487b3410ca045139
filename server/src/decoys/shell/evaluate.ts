import { executeFile } from './execute-file.js'
import type { ExpansionContext } from './expansion.js'
import { arithmeticOf, ExpansionError, expandPattern, expandText, expandWords } from './expansion.js'
import type { ShellHost, Streams } from './host.js'
import { BrokenPipeError, WorkExhaustedError, WriteError } from './limits.js'
import { isLocal } from './machine.js'
import { parseScript } from './parser.js'
import { compilePattern, matches } from './pattern.js'
import { RedirectionError, redirect } from './redirection.js'
import type { ShellState } from './shell-state.js'
import { copyState, setVariable, variableOf } from './shell-state.js'
import { ExitSignal, LoopSignal, ReturnSignal } from './signals.js'
import { createCapture, noOutput, textInput } from './streams.js'
import type { AndOr, Command, List, Pipeline } from './syntax.js'
import { ShellSyntaxError } from './syntax.js'

/** Shells, functions and substitutions inside one another; then no process can be made any more. */
const MAX_DEPTH = 40
/** Turns of the loops of one shell process that run at once. */
const MAX_TURNS = 10_000
/** Bytes of a command in the record that somebody else answered it. */
const MAX_NOTED = 1_024

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

/** Runs a script. Syntax errors are written to its errors. Throws ExitSignal, and WorkExhaustedError. */
export async function runScript(
  host: ShellHost,
  text: string,
  state: ShellState,
  streams: Streams,
): Promise<number> {
  let list: List
  try {
    list = parseScript(text, false)
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error
    streams.error.write(`${state.errorPrefix}${error.message}\n`)
    state.status = 2
    return 2
  }
  return await runList(host, list, state, streams)
}

export async function runList(
  host: ShellHost,
  list: List,
  state: ShellState,
  streams: Streams,
): Promise<number> {
  for (const item of list) {
    if (item.isBackground) await runInBackground(host, item, state, streams)
    else await runAndOr(host, item, state, streams)
  }
  return state.status
}

async function runInBackground(
  host: ShellHost,
  item: AndOr,
  state: ShellState,
  streams: Streams,
): Promise<void> {
  const copy = copyState(state)
  copy.options.delete('interactive')
  const pid = host.nextPid()
  state.backgroundPid = pid
  if (state.options.has('interactive')) streams.error.write(`[1] ${pid}\n`)
  await inShare(host, async () => {
    await asProcess(() => runAndOr(host, item, copy, { ...streams, input: textInput('') }), copy)
  })
  state.status = 0
}

/** Runs something that may not use up what the line may do. */
async function inShare(host: ShellHost, run: () => Promise<void>): Promise<void> {
  const whole = host.budget
  host.budget = whole.half()
  try {
    await run()
  } catch (error) {
    if (!(error instanceof WorkExhaustedError) || whole.isSpent()) throw error
  } finally {
    host.budget = whole
  }
}

async function runAndOr(host: ShellHost, item: AndOr, state: ShellState, streams: Streams): Promise<void> {
  const last = item.rest.length
  await runPipeline(host, item.first, state, streams, last > 0)
  for (const [index, { operator, pipeline }] of item.rest.entries()) {
    if ((operator === '&&') !== (state.status === 0)) continue
    await runPipeline(host, pipeline, state, streams, index < last - 1)
  }
}

async function runPipeline(
  host: ShellHost,
  pipeline: Pipeline,
  state: ShellState,
  streams: Streams,
  isTested: boolean,
): Promise<void> {
  const isCondition = isTested || pipeline.isNegated
  if (isCondition) state.tested += 1
  try {
    const only = pipeline.commands.length === 1 ? pipeline.commands[0] : undefined
    if (only === undefined) await runStages(host, pipeline, state, streams)
    else await runCommand(host, only, state, streams)
  } finally {
    if (isCondition) state.tested -= 1
  }
  if (pipeline.isNegated) state.status = state.status === 0 ? 1 : 0
  else if (state.status !== 0 && state.options.has('errexit') && state.tested === 0 && !isTested)
    throw new ExitSignal(state.status)
}

/** Commands of a pipeline run one after the other: each reads all that the one before wrote. */
async function runStages(
  host: ShellHost,
  pipeline: Pipeline,
  state: ShellState,
  streams: Streams,
): Promise<void> {
  let input = streams.input
  let status = 0
  for (const [index, command] of pipeline.commands.entries()) {
    const isLast = index === pipeline.commands.length - 1
    const pipe = isLast ? null : createCapture(host.limits.fileBytes)
    const copy = copyState(state)
    copy.options.delete('interactive')
    const output = pipe ?? streams.output
    const error = pipe !== null && pipeline.withErrors[index] === true ? pipe : streams.error
    const stage = { ...streams, input, output, error }
    await inShare(host, async () => {
      await asProcess(() => runCommand(host, command, copy, stage), copy)
    })
    status = copy.status
    input = textInput(pipe?.taken() ?? '')
  }
  state.status = status
}

/** A subshell: `exit` ends it, and so does a pipe that nobody reads. */
async function asProcess(run: () => Promise<unknown>, state: ShellState): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof ExitSignal) state.status = error.status
    else if (error instanceof BrokenPipeError) state.status = 141
    else if (!(error instanceof LoopSignal || error instanceof ReturnSignal)) throw error
  }
}

async function runCommand(
  host: ShellHost,
  command: Command,
  state: ShellState,
  streams: Streams,
): Promise<void> {
  host.budget.spend()
  await host.budget.turn()
  if (state.depth > MAX_DEPTH) {
    streams.error.write(`${state.errorPrefix}fork: retry: Resource temporarily unavailable\n`)
    throw new WorkExhaustedError('too many processes')
  }
  const context = expansionContext(host, state, streams)
  try {
    const opened = await redirect(command.redirections, streams, context)
    if (command.kind === 'simple') await runSimple(host, command, state, opened, context)
    else await runCompound(host, command, state, opened, context)
  } catch (error) {
    if (!(error instanceof ExpansionError) && !(error instanceof RedirectionError)) throw error
    streams.error.write(`${state.errorPrefix}${error.message}\n`)
    state.status = 1
  }
}

function expansionContext(host: ShellHost, state: ShellState, streams: Streams): ExpansionContext {
  return {
    state,
    files: host.files,
    budget: host.budget,
    evidence: host.evidence,
    async substitute(body) {
      const pipe = createCapture(host.limits.fileBytes)
      const copy = copyState(state)
      copy.options.delete('interactive')
      await asProcess(() => runList(host, body, copy, { ...streams, output: pipe }), copy)
      return { output: pipe.taken(), status: copy.status }
    },
    async processFile(body) {
      const pipe = createCapture(host.limits.fileBytes)
      const copy = copyState(state)
      await asProcess(() => runList(host, body, copy, { ...streams, output: pipe }), copy)
      const path = `/tmp/.sh-fd.${host.nextPid()}`
      const node = host.files.create(path, state.owner, 0o600)
      host.files.append(node, Buffer.from(pipe.taken(), 'latin1'))
      return path
    },
    homeOf: (user) => host.accounts.find((account) => account.name === user)?.home ?? null,
    isLocal: (name) => isLocal(host.machine, name),
  }
}

async function runSimple(
  host: ShellHost,
  command: Of<'simple'>,
  state: ShellState,
  streams: Streams,
  context: ExpansionContext,
): Promise<void> {
  const argv = withAlias(await expandWords(command.words, context), state)
  // Only a substitution can have changed it, where there is no command.
  if (argv.length === 0 && command.words.length === 0) state.status = 0
  const values: Array<[string, string]> = []
  for (const { name, isAppended, value } of command.assignments) {
    const text = await expandText(value, context)
    values.push([name, isAppended ? variableOf(state, name) + text : text])
    if (argv.length === 0) setVariable(state, name, values.at(-1)?.[1] ?? '')
  }
  if (argv.length === 0) return
  const before = values.map(([name]) => [name, state.variables.get(name)] as const)
  for (const [name, value] of values) setVariable(state, name, value, true)
  try {
    state.status = await runNamed(host, argv, state, streams)
  } catch (error) {
    if (!(error instanceof WriteError)) throw error
    state.status = reportWriteError(host, argv[0] ?? '', error, state, streams)
  } finally {
    for (const [name, variable] of before) {
      if (variable === undefined) state.variables.delete(name)
      else state.variables.set(name, variable)
    }
  }
}

/** As bash and coreutils say it. */
function reportWriteError(
  host: ShellHost,
  name: string,
  { message }: WriteError,
  state: ShellState,
  { error }: Streams,
): number {
  const prefix = host.builtins.has(name) ? state.errorPrefix : ''
  try {
    error.write(`${prefix}${name}: write error: ${message}\n`)
  } catch (failure) {
    if (!(failure instanceof WriteError)) throw failure
  }
  return 1
}

function withAlias(argv: string[], state: ShellState): string[] {
  const alias = state.options.has('interactive') ? state.aliases.get(argv[0] ?? '') : undefined
  if (alias === undefined) return argv
  return [...alias.split(/\s+/).filter((word) => word !== ''), ...argv.slice(1)]
}

async function runNamed(
  host: ShellHost,
  argv: readonly string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const [name = '', ...args] = argv
  const body = state.functions.get(name)
  if (body !== undefined) return await runFunction(host, body, args, state, streams)
  const builtin = host.builtins.get(name)
  if (builtin !== undefined) return await builtin({ ...streams, name, args, state, host })
  return await runProgram(host, argv, state, streams)
}

async function runFunction(
  host: ShellHost,
  body: Command,
  args: string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const before = state.parameters
  state.parameters = args
  state.depth += 1
  try {
    await runCommand(host, body, state, streams)
  } catch (error) {
    if (!(error instanceof ReturnSignal)) throw error
    state.status = error.status
  } finally {
    state.parameters = before
    state.depth -= 1
  }
  return state.status
}

/** Runs a file by its path, or a program that `PATH` leads to. */
export async function runProgram(
  host: ShellHost,
  argv: readonly string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const [name = '', ...args] = argv
  host.budget.spend()
  await host.budget.turn()
  const path = name.includes('/') ? name : host.which(name, state)
  if (path !== null) return await executeFile(host, path, name, args, state, streams)
  const answer = await host.unknownCommands.ask(argv, state)
  if (answer !== null) {
    host.evidence.attempt('shell.answered_by_llm', { command: argv.join(' ').slice(0, MAX_NOTED) })
    streams.output.write(answer.output)
    return answer.exit_status
  }
  const reason = state.flavour === 'sh' ? 'not found' : 'command not found'
  streams.error.write(`${state.errorPrefix}${name}: ${reason}\n`)
  return 127
}

async function runCompound(
  host: ShellHost,
  command: Exclude<Command, { kind: 'simple' }>,
  state: ShellState,
  streams: Streams,
  context: ExpansionContext,
): Promise<void> {
  switch (command.kind) {
    case 'group':
      await runList(host, command.body, state, streams)
      return
    case 'subshell': {
      const copy = copyState(state)
      await asProcess(() => runList(host, command.body, copy, streams), copy)
      state.status = copy.status
      return
    }
    case 'if':
      return await runIf(host, command, state, streams)
    case 'for':
      return await runFor(host, command, state, streams, context)
    case 'loop':
      return await runLoop(host, command, state, streams)
    case 'case':
      return await runCase(host, command, state, streams, context)
    case 'function':
      if (state.functions.size < 200) state.functions.set(command.name, command.body)
      state.status = 0
      return
    case 'arithmetic':
      state.status = (await arithmeticOf(command.expression, context)) === '0' ? 1 : 0
      return
    case 'condition':
      return await runCondition(host, command, state, streams, context)
  }
}

async function runTested(host: ShellHost, list: List, state: ShellState, streams: Streams): Promise<boolean> {
  state.tested += 1
  try {
    return (await runList(host, list, state, streams)) === 0
  } finally {
    state.tested -= 1
  }
}

async function runIf(host: ShellHost, command: Of<'if'>, state: ShellState, streams: Streams): Promise<void> {
  for (const { condition, body } of command.branches) {
    if (await runTested(host, condition, state, streams)) {
      await runList(host, body, state, streams)
      return
    }
  }
  state.status = 0
  if (command.otherwise !== null) await runList(host, command.otherwise, state, streams)
}

/** Runs the body of a loop once. @returns whether the loop goes on. */
async function runTurn(host: ShellHost, body: List, state: ShellState, streams: Streams): Promise<boolean> {
  host.budget.spend()
  try {
    await runList(host, body, state, streams)
    return true
  } catch (error) {
    if (!(error instanceof LoopSignal)) throw error
    if (error.levels > 1) throw new LoopSignal(error.kind, error.levels - 1)
    state.status = 0
    return error.kind === 'continue'
  }
}

async function runFor(
  host: ShellHost,
  command: Of<'for'>,
  state: ShellState,
  streams: Streams,
  context: ExpansionContext,
): Promise<void> {
  const values = command.words === null ? [...state.parameters] : await expandWords(command.words, context)
  state.status = 0
  for (const value of values) {
    setVariable(state, command.name, value)
    if (!(await runTurn(host, command.body, state, streams))) return
  }
}

async function runLoop(
  host: ShellHost,
  command: Of<'loop'>,
  state: ShellState,
  streams: Streams,
): Promise<void> {
  let status = 0
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if ((await runTested(host, command.condition, state, streams)) === command.isUntil) {
      state.status = status
      return
    }
    if (!(await runTurn(host, command.body, state, streams))) return
    status = state.status
  }
  throw new WorkExhaustedError('too many turns')
}

async function runCase(
  host: ShellHost,
  command: Of<'case'>,
  state: ShellState,
  streams: Streams,
  context: ExpansionContext,
): Promise<void> {
  const subject = await expandText(command.subject, context)
  state.status = 0
  for (const { patterns, body } of command.items) {
    for (const pattern of patterns) {
      host.budget.spend(subject.length)
      if (!matches(compilePattern(await expandPattern(pattern, context)), subject)) continue
      await runList(host, body, state, streams)
      return
    }
  }
}

/** `[[`: words are neither split nor file names; what is right of `==` is a pattern. */
async function runCondition(
  host: ShellHost,
  command: Of<'condition'>,
  state: ShellState,
  streams: Streams,
  context: ExpansionContext,
): Promise<void> {
  const args: string[] = []
  for (const word of command.words) {
    const isPattern = ['=', '==', '!='].includes(args.at(-1) ?? '')
    args.push(isPattern ? await expandPattern(word, context) : await expandText(word, context))
  }
  const test = host.builtins.get('[[')
  state.status =
    test === undefined ? 1 : await test({ ...streams, name: '[[', args, state, host, output: noOutput })
}
