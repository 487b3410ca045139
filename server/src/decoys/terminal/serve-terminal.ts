import { createTurns } from '../connection/turns.js'
import type { TerminalRecording } from '../decoy.js'
import type { CommandRunner } from './command-runner.js'
import type { Typed } from './line-editor.js'

export interface TerminalOptions {
  /** What a line editor makes of what is typed. */
  typed: AsyncIterable<Typed>
  runner: CommandRunner
  /** What is shown first, with `\n` for the end of a line. */
  greeting: string
  recording: Pick<TerminalRecording, 'output'>
  /** Sends bytes with CR LF for the end of a line, and waits while the client does not read. */
  write(bytes: Buffer): Promise<void>
  /** Whether the client has closed the connection, and reads nothing any more. */
  isGone(): boolean
}

/** Of one terminal; then it ends. */
const MAX_LINES = 5_000
/** Lines that are still run of a client that is gone: what a bot sends before it leaves, and no flood. */
export const MAX_LINES_WHEN_GONE = 100
export const LINES_A_TURN = 20
const LF = 0x0a

/** Serves a login shell on a terminal, until `exit`, Ctrl-D, or the end of what is typed. @returns the exit code of the shell. */
export async function serveTerminal(options: TerminalOptions): Promise<number> {
  const { typed, runner, greeting, recording, write, isGone } = options
  const turn = createTurns(LINES_A_TURN)
  let lines = 0
  let linesWhenGone = 0

  async function show(text: string | Buffer): Promise<void> {
    const bytes = withReturns(text)
    if (bytes.length === 0) return
    recording.output(bytes.toString('utf8'))
    await write(bytes)
  }

  await show(greeting + runner.prompt())
  for await (const part of typed) {
    if ('echo' in part) {
      // What a program reads as a password is not shown.
      await show(runner.echoes() ? part.echo : lineEndsOf(part.echo))
      continue
    }
    lines += 1
    if (isGone()) linesWhenGone += 1
    if (lines > MAX_LINES || linesWhenGone > MAX_LINES_WHEN_GONE) break
    await turn()
    if (part.kind === 'interrupt') runner.interrupt()
    else {
      const result = part.kind === 'line' ? await runner.run(part.line) : await runner.endInput()
      await show(result.bytes)
      if (result.ended) return result.exitCode
    }
    await show(runner.prompt())
  }
  const { bytes, exitCode } = await runner.endInput()
  await show(bytes)
  return exitCode
}

/** The same, byte for byte, with CR LF for each end of a line. */
function withReturns(text: string | Buffer): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return bytes.includes(LF)
    ? Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
    : bytes
}

/** What is left of an echo that hides what was typed. */
export function lineEndsOf(echo: string): string {
  return echo.replace(/[^\r\n]/g, '')
}
