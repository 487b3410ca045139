import type { DecoyIdentity, DecoySession } from '../decoy.js'
import { accountsOf, baseFiles } from './base-files.js'
import { toBytes, toText } from './bytes.js'
import type { DecoyFileSystem } from './decoy-files.js'
import { createDecoyFiles } from './decoy-files.js'
import { runProgram, runScript } from './evaluate.js'
import { createEvidence } from './evidence.js'
import { absolutePath, createFileSystem, isAllowed } from './file-system.js'
import type { Fetch, ShellHost } from './host.js'
import type { ShellLimits } from './limits.js'
import { BrokenPipeError, createBudget, DEFAULT_LIMITS, WorkExhaustedError } from './limits.js'
import { createMachine } from './machine.js'
import { parseScript } from './parser.js'
import { createPrograms } from './programs.js'
import type { ShellState } from './shell-state.js'
import { setVariable, variableOf } from './shell-state.js'
import { ExitSignal, LoopSignal, ReturnSignal } from './signals.js'
import type { Input } from './streams.js'
import { textInput } from './streams.js'
import { ShellSyntaxError } from './syntax.js'

/** What the shell's state is to whoever answers a command that it does not know. Text, not bytes. */
export interface ShellSituation {
  user: string
  hostName: string
  folder: string
  /** The latest, oldest first. */
  recent: ReadonlyArray<{ command: string; output: string }>
  /** Names in the folder. */
  entries: readonly string[]
}

/** What a line did. */
export interface ShellResult {
  /** What the terminal shows, with `\n` for the end of a line. */
  output: string
  /** The same, byte for byte. */
  bytes: Buffer
  /** 0 to 255. */
  exitCode: number
  /** The shell has ended, by `exit` or the end of its input. */
  ended: boolean
}

export interface DecoyShell {
  /** What stands before the cursor; empty while a program reads lines. */
  prompt(): string
  /** False while a program reads a password. */
  echoes(): boolean
  /**
   * Runs a line, or gives it to the program that reads. Never throws. Calls wait for one another.
   * @param line - without its newline; what is beyond the limit is cut off
   * @param stdin - all that commands can read; without it an interactive shell reads the lines that follow
   */
  run(line: string, stdin?: string | Buffer): Promise<ShellResult>
  /** Control-D: the end of what a program reads; at the prompt, the end of the shell. */
  endInput(): Promise<ShellResult>
  /** Control-C: whatever waits for lines is given up. */
  interrupt(): void
  readonly files: DecoyFileSystem
}

export interface ShellOptions {
  identity: DecoyIdentity
  session: Pick<DecoySession, 'record' | 'keepFile' | 'source_ip'>
  user: string
  hostName: string
  /** Milliseconds since 1970. */
  now: () => number
  /** Fetches for wget, curl, tftp and ftpget. Without it they fail as without a network. */
  onFetch?: Fetch | undefined
  /** Answers commands that the shell does not know; null where it has no answer. */
  askUnknown?: ((command: string, situation: ShellSituation) => Promise<string | null>) | undefined
  /** A person's shell (the default), or one that runs a single command. */
  isInteractive?: boolean
  /** Variables of the environment, beside the usual ones. */
  variables?: Readonly<Record<string, string>>
  limits?: Partial<ShellLimits>
  /** Really waits; `sleep` and unreachable networks use it, within the limit. */
  wait?: (milliseconds: number) => Promise<void>
  /** What should not happen: an error of the shell itself. */
  onError?: (error: unknown) => void
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const MAX_HISTORY = 500
/** Lines that a program reads from a terminal at once, in bytes. */
const MAX_TYPED = 1_048_576
const RECENT = 10

const realWait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

const { builtins, programs, bin, sbin } = createPrograms()

/** A shell of an imitated host. Nothing of the real host is read, run or reached by it. */
export function createShell(options: ShellOptions): DecoyShell {
  const isInteractive = options.isInteractive ?? true
  const user = toBytes(options.user)
  const { host, recent } = createHost(options, user)
  const state = createState(options, host, user, isInteractive)
  const terminal = createTerminal(isInteractive, host.limits.outputBytes)
  let pending = ''
  let ended = false
  let running: Promise<number> | null = null
  let last: Promise<unknown> = Promise.resolve()

  function begin(text: string, input: Input): void {
    host.budget = createBudget(host.limits)
    running = evaluate(text, input).finally(() => {
      running = null
    })
  }

  async function evaluate(text: string, input: Input): Promise<number> {
    try {
      state.status = await runScript(host, text, state, {
        input,
        output: terminal.output,
        error: terminal.output,
      })
    } catch (error) {
      if (error instanceof ExitSignal) {
        state.status = error.status
        ended = true
        if (isInteractive) terminal.output.write('logout\n')
      } else if (error instanceof WorkExhaustedError || error instanceof BrokenPipeError) {
        state.status = 137
        terminal.write('Killed\n')
      } else if (!(error instanceof LoopSignal || error instanceof ReturnSignal)) {
        options.onError?.(error)
        state.status = 254
        terminal.write(`${state.errorPrefix}fork: Cannot allocate memory\n`)
      }
    }
    return state.status
  }

  /** Waits until the line is done or a program reads. */
  async function settle(): Promise<ShellResult> {
    if (running !== null) await Promise.race([running, terminal.whenReading()])
    const bytes = terminal.take()
    return { output: toText(bytes), bytes: Buffer.from(bytes, 'latin1'), exitCode: state.status, ended }
  }

  function accept(line: string): string | null {
    const text = pending + line
    pending = ''
    if (!isInteractive) return text
    try {
      parseScript(text, true)
    } catch (error) {
      if (error instanceof ShellSyntaxError && error.isIncomplete && text.length < host.limits.lineBytes) {
        pending = `${text}\n`
        return null
      }
    }
    if (/\S/.test(text)) host.history.push(text.trimEnd().slice(0, 4_096))
    if (host.history.length > MAX_HISTORY) host.history.shift()
    return text
  }

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one thing that a line may be
  async function runLine(line: string, stdin?: string | Buffer): Promise<ShellResult> {
    const bytes = toBytes(line).slice(0, host.limits.lineBytes)
    if (ended) return await settle()
    if (terminal.isReading()) terminal.give(`${bytes}\n`)
    else {
      const text = accept(bytes)
      if (text === null) return await settle()
      const given =
        stdin === undefined ? null : Buffer.isBuffer(stdin) ? stdin.toString('latin1') : toBytes(stdin)
      begin(text, given === null && isInteractive ? terminal.input : textInput(given ?? ''))
    }
    const result = await settle()
    recent.push({ command: line.slice(0, 500), output: result.output.slice(0, 1_000) })
    if (recent.length > RECENT) recent.shift()
    return result
  }

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = last.then(run)
    last = result.catch(() => {})
    return result
  }

  return {
    prompt() {
      if (terminal.isReading()) return ''
      if (pending !== '') return '> '
      return toText(promptOf(state, host.machine.hostName))
    },
    echoes: () => !(terminal.isReading() && /password: $/i.test(terminal.lastLine())),
    run: (line, stdin) => inTurn(() => runLine(line, stdin)),
    endInput: () =>
      inTurn(async () => {
        if (terminal.isReading()) terminal.give(null)
        else if (pending !== '') {
          const text = pending
          pending = ''
          begin(text, terminal.input)
        } else if (!ended) {
          ended = true
          terminal.write('logout\n')
        }
        return await settle()
      }),
    interrupt() {
      pending = ''
      state.status = 130
      terminal.giveUp()
      running = null
    },
    files: createDecoyFiles(host.files, () => state),
  }
}

function promptOf(state: ShellState, hostName: string): string {
  const home = variableOf(state, 'HOME')
  const isBelow =
    home !== '' && home !== '/' && (state.folder === home || state.folder.startsWith(`${home}/`))
  const folder = isBelow ? `~${state.folder.slice(home.length)}` : state.folder
  return `${state.user}@${hostName}:${folder}${state.owner.uid === 0 ? '#' : '$'} `
}

function createState(
  options: ShellOptions,
  host: ShellHost,
  user: string,
  isInteractive: boolean,
): ShellState {
  const account = host.accounts.find(({ name }) => name === user)
  const home = account?.home ?? '/'
  const state: ShellState = {
    variables: new Map(),
    functions: new Map(),
    aliases: new Map(isInteractive ? [['ls', 'ls --color=auto']] : []),
    parameters: [],
    name: isInteractive ? '-bash' : 'bash',
    folder: home,
    status: 0,
    umask: 0o022,
    user,
    owner: { uid: account?.uid ?? 1_001, gid: account?.gid ?? 1_001 },
    pid: 2_000 + (host.nextPid() % 20_000),
    backgroundPid: null,
    options: new Set(isInteractive ? ['interactive'] : []),
    depth: 0,
    tested: 0,
    flavour: 'bash',
    errorPrefix: isInteractive ? '-bash: ' : 'bash: line 1: ',
  }
  const environment: Record<string, string> = {
    SHELL: '/bin/bash',
    PWD: home,
    LOGNAME: user,
    HOME: home,
    LANG: 'en_US.UTF-8',
    ...(isInteractive ? { TERM: 'xterm-256color' } : {}),
    USER: user,
    SHLVL: '1',
    PATH,
    MAIL: `/var/mail/${user}`,
    ...options.variables,
  }
  for (const [name, value] of Object.entries(environment)) setVariable(state, name, toBytes(value), true)
  setVariable(state, 'BASH_VERSION', host.machine.distribution.bash)
  setVariable(state, 'HOSTNAME', host.machine.hostName)
  setVariable(state, 'UID', String(state.owner.uid))
  setVariable(state, 'EUID', String(state.owner.uid))
  return state
}

function createHost(
  options: ShellOptions,
  user: string,
): { host: ShellHost; recent: Array<{ command: string; output: string }> } {
  const { identity, session } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const wait = options.wait ?? realWait
  const machine = createMachine(identity, toBytes(options.hostName))
  const accounts = accountsOf(machine, user)
  let passed = 0
  const now = (): number => options.now() + passed
  const files = createFileSystem(baseFiles(machine, accounts, { bin, sbin }, now), limits, now)
  const recent: Array<{ command: string; output: string }> = []
  const loginTime = options.now()
  let pid = Math.floor(loginTime / 1_000) % 20_000
  const host: ShellHost = {
    machine,
    files,
    accounts,
    limits,
    builtins,
    programs,
    evidence: createEvidence(session),
    history: [...identity.choose('shell.history', HISTORIES)],
    clientAddress: session.source_ip,
    crontabs: new Map(),
    fetch: options.onFetch,
    askUnknown: askerOf(options, files, recent),
    budget: createBudget(limits),
    now,
    loginTime,
    async pass(milliseconds) {
      const waited = host.budget.wait(milliseconds)
      passed += Math.max(0, milliseconds - waited)
      if (waited > 0) await wait(waited)
    },
    nextPid() {
      pid += 1 + (pid % 3)
      return 1_000 + (pid % 31_000)
    },
    runScript: (text, state, streams) => runScript(host, text, state, streams),
    runProgram: (argv, state, streams) => runProgram(host, argv, state, streams),
    which: (name, state) => find(host, name, state),
  }
  return { host, recent }
}

function askerOf(
  options: ShellOptions,
  files: ShellHost['files'],
  recent: ReadonlyArray<{ command: string; output: string }>,
): ShellHost['askUnknown'] {
  const { askUnknown } = options
  if (askUnknown === undefined) return undefined
  return async (argv, state) => {
    const folder = files.find(state.folder, state.owner)
    const situation: ShellSituation = {
      user: toText(state.user),
      hostName: options.hostName,
      folder: toText(state.folder),
      recent: [...recent],
      entries: folder?.kind === 'folder' ? [...folder.entries.keys()].slice(0, 50).map(toText) : [],
    }
    try {
      const answer = await askUnknown(toText(argv.join(' ')).slice(0, 4_096), situation)
      return answer === null ? null : toBytes(answer)
    } catch {
      return null
    }
  }
}

/** The path of a program that `PATH` leads to. */
function find(host: ShellHost, name: string, state: ShellState): string | null {
  if (name.includes('/'))
    return host.files.find(absolutePath(name, state.folder), state.owner) === null ? null : name
  if (name === '') return null
  for (const folder of variableOf(state, 'PATH').split(':').slice(0, 64)) {
    const path = `${folder === '' ? '.' : folder}/${name}`
    const node = host.files.find(absolutePath(path, state.folder), state.owner)
    if (node?.kind === 'file' && isAllowed(node, state.owner, 1)) return path
  }
  return null
}

const HISTORIES: readonly [readonly string[], ...Array<readonly string[]>] = [
  ['df -h', 'apt update', 'apt upgrade -y', 'systemctl status nginx', 'tail -n 50 /var/log/syslog', 'exit'],
  ['ls -la', 'cd /var/www/html', 'nano index.html', 'systemctl restart nginx', 'free -m', 'exit'],
  ['htop', 'docker ps', 'docker logs -f app --tail 20', 'df -h', 'logout'],
  ['cd /opt', 'ls', 'mysqldump --all-databases > /var/backups/all.sql', 'ls -lh /var/backups', 'exit'],
  ['w', 'last -n 20', 'ufw status', 'vi /etc/ssh/sshd_config', 'systemctl reload ssh', 'exit'],
]

interface Terminal {
  output: { write(bytes: string): void; readonly isTerminal: boolean }
  input: Input
  /** Writes even when the line has written all that it may. */
  write(bytes: string): void
  take(): string
  lastLine(): string
  isReading(): boolean
  whenReading(): Promise<void>
  give(line: string | null): void
  giveUp(): void
}

function createTerminal(isTerminal: boolean, limit: number): Terminal {
  let parts: string[] = []
  let size = 0
  let lastLine = ''
  let waiting: ((line: string | null) => void) | null = null
  let announce: (() => void) | null = null
  const add = (bytes: string): void => {
    if (bytes === '') return
    parts.push(bytes)
    lastLine = (bytes.includes('\n') ? '' : lastLine) + bytes.slice(bytes.lastIndexOf('\n') + 1)
    lastLine = lastLine.slice(-80)
  }
  const readLine = (): Promise<string | null> =>
    new Promise((resolve) => {
      waiting = resolve
      announce?.()
    })
  return {
    output: {
      isTerminal,
      write(bytes) {
        const room = limit - size
        size += Math.min(room, bytes.length)
        add(bytes.slice(0, room))
        if (bytes.length > room) throw new WorkExhaustedError('too much output')
      },
    },
    input: {
      isTerminal: true,
      readLine,
      async readAll() {
        const lines: string[] = []
        let typed = 0
        for (;;) {
          const line = await readLine()
          if (line === null || typed > MAX_TYPED) return lines.join('')
          lines.push(line)
          typed += line.length
        }
      },
    },
    write: add,
    take() {
      const text = parts.join('')
      parts = []
      size = 0
      return text
    },
    lastLine: () => lastLine,
    isReading: () => waiting !== null,
    whenReading: () =>
      waiting === null
        ? new Promise((resolve) => {
            announce = resolve
          })
        : Promise.resolve(),
    give(line) {
      const resolve = waiting
      waiting = null
      announce = null
      resolve?.(line)
    },
    giveUp() {
      waiting = null
      announce = null
    },
  }
}
