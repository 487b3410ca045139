import { StringDecoder } from 'node:string_decoder'
import type { ServerChannel } from 'ssh2'
import type { TerminalRecording } from '../decoy.js'
import { endWith, writeTo } from './channel-output.js'
import type { CommandRunner } from './command-runner.js'
import { createLineEditor } from './line-editor.js'

export interface InteractiveShellOptions {
  channel: ServerChannel
  runner: CommandRunner
  /** What is shown first. */
  greeting: string
  /** Of the terminal that was asked for; null where there is none: then nothing is echoed. */
  recording: TerminalRecording | null
}

const MAX_LINE_BYTES = 64 * 1024

/** Serves a channel as a login shell does, until `exit`, Ctrl-D or its end. */
export function serveShell({ channel, runner, greeting, recording }: InteractiveShellOptions): void {
  const decoder = new StringDecoder('utf8')
  let hasEnded = false
  let work: Promise<void> = Promise.resolve()

  function show(text: string): Promise<void> {
    recording?.output(text)
    return writeTo(channel, text)
  }

  async function end(exitCode: number): Promise<void> {
    if (hasEnded) return
    hasEnded = true
    if (recording) await show('logout\r\n')
    recording?.end()
    endWith(channel, exitCode)
  }

  const take = recording ? takeTyped(recording) : takeLines()

  /** With a terminal: echo, and a prompt for each line. */
  function takeTyped(typed: TerminalRecording): (text: string) => Promise<void> {
    const editor = createLineEditor()
    return async (text) => {
      typed.input(text)
      for (const part of editor.take(text)) {
        if (hasEnded) return
        if ('echo' in part) await show(part.echo)
        else if (part.kind === 'interrupt') await show(runner.prompt())
        else if (part.kind === 'end') await end(0)
        else await runTyped(part.line)
      }
    }
  }

  async function runTyped(line: string): Promise<void> {
    const { output, ended, exitCode } = await runner.run(line)
    await show(output.replaceAll('\n', '\r\n'))
    if (ended) await end(exitCode)
    else await show(runner.prompt())
  }

  /** Without one: lines are read like a file. */
  function takeLines(): (text: string) => Promise<void> {
    let begun = ''
    return async (text) => {
      const lines = (begun + text).split('\n')
      begun = (lines.pop() ?? '').slice(0, MAX_LINE_BYTES)
      for (const line of lines) {
        if (hasEnded) return
        const { output, ended, exitCode } = await runner.run(line)
        await writeTo(channel, output)
        if (ended) await end(exitCode)
      }
    }
  }

  channel.on('data', (bytes: Buffer) => {
    // The next bytes wait at the client until these are done.
    channel.pause()
    work = work.then(() => take(decoder.write(bytes))).finally(() => channel.resume())
  })
  channel.once('end', () => {
    work = work.then(() => end(0))
  })
  channel.once('close', () => {
    hasEnded = true
    recording?.end()
  })
  channel.on('error', () => {})
  if (recording) void show(greeting + runner.prompt())
}
