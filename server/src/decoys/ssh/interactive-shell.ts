import { StringDecoder } from 'node:string_decoder'
import type { ServerChannel } from 'ssh2'
import { createTurns } from '../connection/turns.js'
import type { TerminalRecording } from '../decoy.js'
import type { CommandRunner } from '../terminal/command-runner.js'
import { createLineEditor, type Typed } from '../terminal/line-editor.js'
import { LINES_A_TURN, serveTerminal } from '../terminal/serve-terminal.js'
import { endWith, writeTo } from './channel-output.js'

export interface InteractiveShellOptions {
  channel: ServerChannel
  runner: CommandRunner
  /** What is shown first on a terminal, with `\n` for the end of a line. */
  greeting: string
  /** Of the terminal that was asked for; null where there is none: then nothing is echoed. */
  recording: TerminalRecording | null
}

const MAX_LINE_BYTES = 64 * 1024

/** Serves a channel as a login shell does, until `exit`, Ctrl-D or its end. */
export async function serveShell(options: InteractiveShellOptions): Promise<void> {
  const { channel, recording } = options
  channel.on('error', () => {})
  try {
    endWith(channel, recording === null ? await serveLines(options) : await serveTyped(options, recording))
  } catch {
    // The client has gone, in the middle of something.
  } finally {
    recording?.end()
    channel.resume()
  }
}

/** With a terminal: echo, and a prompt for each line. @returns the exit code. */
function serveTyped(
  { channel, runner, greeting }: InteractiveShellOptions,
  recording: TerminalRecording,
): Promise<number> {
  const editor = createLineEditor()

  async function* typed(): AsyncGenerator<Typed> {
    for await (const text of textsOf(channel)) {
      recording.input(text)
      yield* editor.take(text)
    }
  }

  const write = (bytes: Buffer) => writeTo(channel, bytes)
  const isGone = () => channel.destroyed
  return serveTerminal({ typed: typed(), runner, greeting, recording, write, isGone })
}

/** Without one: lines are read like a file, and nothing is echoed. @returns the exit code. */
async function serveLines({ channel, runner }: InteractiveShellOptions): Promise<number> {
  const turn = createTurns(LINES_A_TURN)
  let begun = ''
  for await (const text of textsOf(channel)) {
    const lines = (begun + text).split('\n')
    begun = (lines.pop() ?? '').slice(0, MAX_LINE_BYTES)
    for (const line of lines) {
      const { bytes, ended, exitCode } = await runner.run(line)
      await writeTo(channel, bytes)
      await turn()
      if (ended) return exitCode
    }
  }
  if (begun !== '') await writeTo(channel, (await runner.run(begun)).bytes)
  const { bytes, exitCode } = await runner.endInput()
  await writeTo(channel, bytes)
  return exitCode
}

/** What a client types. The next bytes wait at the client until these are done. */
async function* textsOf(channel: ServerChannel): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  for await (const bytes of channel.iterator({ destroyOnReturn: false })) yield decoder.write(bytes as Buffer)
}
