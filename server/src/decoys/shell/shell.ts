import { createOneAtATime } from '../../platform/one-at-a-time.js'
import { detached, toBytes, toText } from './bytes.js'
import { createHost, type HostOptions } from './create-host.js'
import type { DecoyFileSystem } from './decoy-files.js'
import { createDecoyFiles } from './decoy-files.js'
import { runScript } from './evaluate.js'
import type { ShellHost } from './host.js'
import { BrokenPipeError, createBudget, WorkExhaustedError } from './limits.js'
import { createLoginState, promptOf } from './login-state.js'
import { parseScript } from './parser.js'
import type { ShellState } from './shell-state.js'
import { ExitSignal, LoopSignal, ReturnSignal } from './signals.js'
import type { Input } from './streams.js'
import { textInput } from './streams.js'
import { ShellSyntaxError } from './syntax.js'
import { createTerminal, type Terminal } from './terminal.js'

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

export interface ShellOptions extends HostOptions {
  user: string
  /** A person's shell (the default), or one that runs a single command. */
  isInteractive?: boolean
  /** Variables of the environment, beside the usual ones. */
  variables?: Readonly<Record<string, string>>
  /** What should not happen: an error of the shell itself. */
  onError?: (error: unknown) => void
}

const MAX_HISTORY = 500
const MAX_HISTORY_LINE = 4_096
/** Characters of all of them. */
const MAX_HISTORY_TEXT = 262_144

/** A shell of an imitated host. Nothing of the real host is read, run or reached by it. */
export function createShell(options: ShellOptions): DecoyShell {
  const isInteractive = options.isInteractive ?? true
  const user = toBytes(options.user)
  const host = createHost(options, user)
  const state = createLoginState(host, user, isInteractive, options.variables ?? {})
  const terminal = createTerminal(isInteractive, host.limits.outputBytes)
  const main = createProcess({ host, state, terminal, isInteractive, onError: options.onError })
  const typed = createTypedText(host, isInteractive)
  const inTurn = createOneAtATime()

  async function runLine(line: string, stdin?: string | Buffer): Promise<ShellResult> {
    const bytes = toBytes(line).slice(0, host.limits.lineBytes)
    if (main.hasEnded()) return await main.settle()
    if (terminal.isReading()) terminal.give(`${bytes}\n`)
    else {
      const text = typed.accept(bytes)
      if (text === null) return await main.settle()
      main.begin(text, inputOf(stdin))
    }
    const result = await main.settle()
    host.unknownCommands.remember(line, result.output)
    return result
  }

  function inputOf(stdin: string | Buffer | undefined): Input {
    if (stdin === undefined) return isInteractive ? terminal.input : textInput('')
    return textInput(Buffer.isBuffer(stdin) ? stdin.toString('latin1') : toBytes(stdin))
  }

  return {
    prompt() {
      if (terminal.isReading()) return ''
      return typed.isIncomplete() ? '> ' : toText(promptOf(state, host.machine.hostName))
    },
    echoes: () => !(terminal.isReading() && /password: $/i.test(terminal.lastLine())),
    run: (line, stdin) => inTurn(() => runLine(line, stdin)),
    endInput: () =>
      inTurn(async () => {
        if (terminal.isReading()) terminal.give(null)
        else if (typed.isIncomplete()) main.begin(typed.take(), terminal.input)
        else main.end()
        return await main.settle()
      }),
    interrupt() {
      typed.take()
      main.abandon()
    },
    files: createDecoyFiles(host.files, () => state),
  }
}

/** What was typed, until it is a whole command. */
interface TypedText {
  /** Null: more lines must follow. */
  accept(line: string): string | null
  isIncomplete(): boolean
  /** What is there of an incomplete command; it is forgotten. */
  take(): string
}

function createTypedText(host: ShellHost, isInteractive: boolean): TypedText {
  let pending = ''

  function take(): string {
    const text = pending
    pending = ''
    return text
  }

  function isContinued(text: string): boolean {
    try {
      parseScript(text, true)
    } catch (error) {
      return error instanceof ShellSyntaxError && error.isIncomplete && text.length < host.limits.lineBytes
    }
    return false
  }

  return {
    accept(line) {
      const text = take() + line
      if (!isInteractive) return text
      if (isContinued(text)) {
        pending = `${text}\n`
        return null
      }
      if (/\S/.test(text)) remember(host.history, text)
      return text
    },
    isIncomplete: () => pending !== '',
    take,
  }
}

/** Adds a line; the oldest are forgotten when there are too many, or they are too long together. */
function remember(history: string[], text: string): void {
  history.push(detached(text.trimEnd().slice(0, MAX_HISTORY_LINE)))
  let length = history.reduce((sum, line) => sum + line.length, 0)
  while (history.length > MAX_HISTORY || length > MAX_HISTORY_TEXT) length -= history.shift()?.length ?? 0
}

/** The process of the shell: runs one text at a time. */
interface ShellProcess {
  begin(text: string, input: Input): void
  /** Waits until the text is done or a program reads. */
  settle(): Promise<ShellResult>
  hasEnded(): boolean
  /** Ends it at its prompt. */
  end(): void
  /** Gives up what runs. */
  abandon(): void
}

interface ProcessOptions {
  host: ShellHost
  state: ShellState
  terminal: Terminal
  isInteractive: boolean
  onError: ShellOptions['onError']
}

function createProcess({ host, state, terminal, isInteractive, onError }: ProcessOptions): ShellProcess {
  let ended = false
  let running: Promise<void> | null = null

  async function evaluate(text: string, input: Input): Promise<void> {
    const { output } = terminal
    try {
      state.status = await runScript(host, text, state, { input, output, error: output })
    } catch (error) {
      endWith(error)
    }
  }

  function endWith(error: unknown): void {
    if (error instanceof ExitSignal) {
      state.status = error.status
      ended = true
      if (isInteractive) terminal.write('logout\n')
    } else if (error instanceof WorkExhaustedError || error instanceof BrokenPipeError) {
      state.status = 137
      terminal.write('Killed\n')
    } else if (!(error instanceof LoopSignal || error instanceof ReturnSignal)) {
      onError?.(error)
      state.status = 254
      terminal.write(`${state.errorPrefix}fork: Cannot allocate memory\n`)
    }
  }

  return {
    begin(text, input) {
      host.budget = createBudget(host.limits)
      host.unknownCommands.beginLine()
      running = evaluate(text, input).finally(() => {
        running = null
      })
    },
    async settle() {
      if (running !== null) await Promise.race([running, terminal.whenReading()])
      const bytes = terminal.take()
      return { output: toText(bytes), bytes: Buffer.from(bytes, 'latin1'), exitCode: state.status, ended }
    },
    hasEnded: () => ended,
    end() {
      if (ended) return
      ended = true
      terminal.write('logout\n')
    },
    abandon() {
      state.status = 130
      terminal.giveUp()
      running = null
    },
  }
}
