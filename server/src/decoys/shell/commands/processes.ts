import { runText } from '../execute-file.js'
import { contentOf, DecoyFileError } from '../file-nodes.js'
import type { Program, ProgramCall } from '../host.js'
import { copyState } from '../shell-state.js'
import { ExitSignal } from '../signals.js'
import { fail, readOptions } from './arguments.js'
import { findFiles } from './find.js'
import { pathOf, readFile } from './reading.js'

const MAX_CALLS = 1_000

/** `sh`, `bash` and their kin. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
const shell: Program = async (call) => {
  const { state, host } = call
  const args = [...call.args]
  let command: string | null = null
  let readsInput = false
  const options = new Set<string>()
  while (/^[-+]./.test(args[0] ?? '')) {
    const option = args.shift() as string
    if (option === '--version') {
      call.output.write(`GNU bash, version ${host.machine.distribution.bash} (x86_64-pc-linux-gnu)\n`)
      return 0
    }
    if (/^-[a-zA-Z]*c/.test(option)) command = args.shift() ?? ''
    if (/^-[a-zA-Z]*s/.test(option)) readsInput = true
    if (/^-[a-zA-Z]*e/.test(option)) options.add('errexit')
  }
  const child = copyState(state)
  child.flavour = call.name === 'bash' || call.name === 'rbash' ? 'bash' : 'sh'
  child.options = options
  child.tested = 0
  child.functions = new Map()
  child.pid = host.nextPid()
  child.variables = new Map([...child.variables].filter(([, variable]) => variable.isExported))
  try {
    if (command !== null) {
      child.name = args[0] ?? call.name
      child.parameters = args.slice(1)
      child.errorPrefix = child.flavour === 'sh' ? `${child.name}: 1: ` : `${child.name}: line 1: `
      return await host.runScript(command, child, call)
    }
    const [file] = args
    if (file !== undefined && !readsInput) return await runFile(call, file, args.slice(1), child)
    if (call.input.isTerminal) return 0
    child.parameters = args
    child.errorPrefix = child.flavour === 'sh' ? `${call.name}: 1: ` : `${call.name}: line 1: `
    return await host.runScript(await call.input.readAll(), child, call)
  } catch (error) {
    if (error instanceof ExitSignal) return error.status
    throw error
  }
}

async function runFile(
  call: ProgramCall,
  name: string,
  args: readonly string[],
  child: ReturnType<typeof copyState>,
): Promise<number> {
  const missing =
    child.flavour === 'sh' ? `0: cannot open ${name}: No such file` : `${name}: No such file or directory`
  let content: string
  try {
    content = await readFile(call, name)
    const node = call.host.files.find(pathOf(call, name), call.state.owner)
    if (node?.kind === 'file' && node.isOwn)
      call.host.evidence.dropped(pathOf(call, name), Buffer.from(contentOf(node)))
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return fail(call, error.code === 'ENOENT' ? missing : `${name}: ${error.message}`, 127)
  }
  if (content.slice(0, 128).includes('\0')) return fail(call, `${name}: cannot execute binary file`, 126)
  return await runText(call.host, content, name, args, child, call)
}

/** Commands that run another one: `nohup`, `setsid`, `nice`, `timeout`, `time` and `exec`-like others. */
function runner(specification: {
  valued?: string
  letters?: string
  leading?: number
  message?: string
}): Program {
  return async (call) => {
    const { operands } = readOptions(call.args, { ...specification, endsAtOperand: true })
    const argv = operands.slice(specification.leading ?? 0)
    if (argv.length === 0)
      return fail(call, `missing operand\nTry '${call.name} --help' for more information.`, 125)
    if (specification.message !== undefined && call.output.isTerminal)
      call.error.write(`${call.name}: ${specification.message}\n`)
    return await call.host.runProgram(argv, call.state, call)
  }
}

const sudo: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: 'AbEeHiKklnPSsVv',
    valued: 'aCcghprtTUu',
    endsAtOperand: true,
  })
  const name = values.get('u') ?? 'root'
  const account = call.host.accounts.find((each) => each.name === name)
  if (flags.has('l')) {
    call.output.write(
      `User ${call.state.user} may run the following commands on ${call.host.machine.hostName}:\n    (ALL : ALL) ALL\n`,
    )
    return 0
  }
  if (account === undefined) return fail(call, `unknown user: ${name}`)
  if (operands.length === 0) {
    if (!flags.has('i') && !flags.has('s')) {
      call.error.write(
        'usage: sudo -h | -K | -k | -V\nusage: sudo -v [-ABknS] [-g group] [-h host] [-p prompt] [-u user]\n',
      )
      return 1
    }
    become(call.state, account)
    return 0
  }
  const child = copyState(call.state)
  become(child, account)
  return await call.host.runProgram(operands, child, call)
}

function become(state: ProgramCall['state'], account: { name: string; uid: number; gid: number }): void {
  state.user = account.name
  state.owner = { uid: account.uid, gid: account.gid }
}

const su: Program = async (call) => {
  const { values, operands } = readOptions(call.args, {
    letters: 'lmp',
    valued: 'cs',
    long: { login: 'l', 'command=': 'c' },
  })
  const [name = 'root'] = operands.filter((operand) => operand !== '-')
  const account = call.host.accounts.find((each) => each.name === name)
  if (account === undefined)
    return fail(
      call,
      `user ${name} does not exist or the user entry does not contain all the required fields`,
    )
  if (call.state.owner.uid !== 0) return fail(call, 'Authentication failure')
  const command = values.get('c')
  if (command === undefined) {
    become(call.state, account)
    return 0
  }
  const child = copyState(call.state)
  become(child, account)
  return await call.host.runScript(command, child, call)
}

/** Arguments of `xargs`, with single and double quotes and backslashes (XCU `xargs`). */
function argumentsOf(text: string, separator: string | null): string[] {
  if (separator !== null)
    return text.split(separator).filter((item, at, all) => item !== '' || at < all.length - 1)
  const words = text.match(/(?:'[^'\n]*'|"[^"\n]*"|\\[\s\S]|[^\s'"\\])+/g) ?? []
  return words.map((word) =>
    word.replace(
      /'([^'\n]*)'|"([^"\n]*)"|\\([\s\S])/g,
      (_, single, double, escaped) => single ?? double ?? escaped ?? '',
    ),
  )
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
const xargs: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: '0rtxp',
    valued: 'nILPsd',
    endsAtOperand: true,
    long: { null: '0', 'no-run-if-empty': 'r', 'max-args=': 'n' },
  })
  const [command = 'echo', ...initial] = operands
  const place = values.get('I')
  const text = await call.input.readAll()
  const words = argumentsOf(
    text,
    flags.has('0') ? '\0' : place !== undefined || values.has('L') ? '\n' : (values.get('d') ?? null),
  )
  const calls: string[][] = []
  if (place !== undefined)
    for (const word of words) calls.push(initial.map((each) => each.replaceAll(place, word.trim())))
  else {
    const size = Math.max(1, Number(values.get('n') ?? values.get('L') ?? 5_000) || 1)
    for (let at = 0; at < words.length; at += size) calls.push([...initial, ...words.slice(at, at + size)])
    if (words.length === 0 && !flags.has('r')) calls.push(initial)
  }
  let status = 0
  for (const args of calls.slice(0, MAX_CALLS)) {
    const result = await call.host.runProgram([command, ...args], call.state, call)
    if (result !== 0) status = result === 127 ? 127 : 123
  }
  return status
}

const sleep: Program = async (call) => {
  let seconds = 0
  for (const arg of call.args) {
    const match = /^(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})([smhd]?)$/.exec(arg)
    if (match === null)
      return fail(call, `invalid time interval '${arg}'\nTry 'sleep --help' for more information.`)
    seconds += Number(match[1]) * ({ '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }[match[2] ?? ''] as number)
  }
  if (call.args.length === 0) return fail(call, "missing operand\nTry 'sleep --help' for more information.")
  await call.host.pass(seconds * 1_000)
  return 0
}

const kill: Program = (call) => {
  if (call.args[0] === '-l') {
    call.output.write('HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM\n')
    return 0
  }
  const pids = call.args.filter((arg) => /^\d+$/.test(arg))
  if (pids.length === 0) {
    call.error.write(
      `${call.state.errorPrefix}kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n`,
    )
    return 2
  }
  const known = new Set(call.host.machine.processes(call.host.now()).map(({ pid }) => String(pid)))
  let status = 0
  for (const pid of pids) {
    if (known.has(pid) || pid === String(call.state.pid)) continue
    call.error.write(`${call.state.errorPrefix}kill: (${pid}) - No such process\n`)
    status = 1
  }
  return status
}

const killall: Program = (call) => {
  const names = call.args.filter((arg) => !arg.startsWith('-'))
  for (const name of names) {
    const isThere = call.host.machine.processes(call.host.now()).some(({ command }) => command.includes(name))
    if (!isThere && call.name === 'killall') call.error.write(`${name}: no process found\n`)
  }
  return 1
}

const pgrep: Program = ({ args, host, output }) => {
  const pattern = args.filter((arg) => !arg.startsWith('-')).at(-1) ?? ''
  const found = host.machine.processes(host.now()).filter(({ command }) => command.includes(pattern))
  const separator = args.length > 0 ? '\n' : ' '
  output.write(found.map(({ pid }) => `${pid}${separator}`).join(''))
  return found.length > 0 ? 0 : 1
}

const crontab: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, { letters: 'lerin', valued: 'u' })
  const user = values.get('u') ?? call.state.user
  const { crontabs } = call.host
  if (flags.has('l')) {
    const content = crontabs.get(user)
    if (content === undefined) return noCrontab(call, user)
    call.output.write(content)
    return 0
  }
  if (flags.has('r')) return crontabs.delete(user) ? 0 : noCrontab(call, user)
  if (flags.has('e')) return 0
  try {
    const content = await readFile(call, operands[0] ?? '-')
    crontabs.set(user, content.slice(0, 65_536))
    call.host.evidence.dropped(`crontab of ${user}`, Buffer.from(content, 'latin1'))
    return 0
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return fail(call, `${operands[0]}: ${error.message}`)
  }
}

function noCrontab(call: ProgramCall, user: string): number {
  call.error.write(`no crontab for ${user}\n`)
  return 1
}

/** Commands on processes, and those that run others. */
export const PROCESS_COMMANDS: Readonly<Record<string, Program>> = {
  ash: shell,
  bash: shell,
  crontab,
  dash: shell,
  find: findFiles,
  kill,
  killall,
  nice: runner({ valued: 'n' }),
  nohup: runner({ message: "ignoring input and appending output to 'nohup.out'" }),
  ionice: runner({ valued: 'cnp' }),
  pgrep,
  pidof: pgrep,
  pkill: killall,
  setsid: runner({ letters: 'cfw' }),
  sh: shell,
  sleep,
  stdbuf: runner({ valued: 'ioe' }),
  su,
  sudo,
  time: runner({ letters: 'pv' }),
  timeout: runner({ valued: 'ks', leading: 1 }),
  usleep: () => 0,
  xargs,
}
