import { StringDecoder } from 'node:string_decoder'
import type { ServerChannel } from 'ssh2'
import type { TerminalRecording } from '../decoy.js'
import type { ShellResult } from '../shell/index.js'
import { endWith, writeTo } from './channel-output.js'
import type { CommandRunner } from './command-runner.js'
import { createLineEditor, type LineEditor } from './line-editor.js'

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
    const shown = recording ? text.replaceAll(/\r?\n/g, '\r\n') : text
    recording?.output(shown)
    return writeTo(channel, shown)
  }

  async function end({ output, exitCode }: Pick<ShellResult, 'output' | 'exitCode'>): Promise<void> {
    if (hasEnded) return
    hasEnded = true
    await show(output)
    recording?.end()
    endWith(channel, exitCode)
  }

  const take = recording ? takeTyped(recording) : takeLines()

  /** With a terminal: echo, and a prompt for each line. */
  function takeTyped(typed: TerminalRecording): (text: string) => Promise<void> {
    const editor = createLineEditor()
    return async (text) => {
      typed.input(text)
      for (const part of editor.take(text)) if (!hasEnded) await apply(part)
    }
  }

  async function apply(part: ReturnType<LineEditor['take']>[number]): Promise<void> {
    // What a program reads as a password is not shown.
    if ('echo' in part) await show(runner.echoes() ? part.echo : part.echo.replace(/[^\r\n]/g, ''))
    else if (part.kind === 'line') await proceed(await runner.run(part.line))
    else if (part.kind === 'end') await proceed(await runner.endInput())
    else {
      runner.interrupt()
      await show(runner.prompt())
    }
  }

  async function proceed(result: ShellResult): Promise<void> {
    if (result.ended) await end(result)
    else await show(result.output + runner.prompt())
  }

  /** Without one: lines are read like a file. */
  function takeLines(): (text: string) => Promise<void> {
    let begun = ''
    return async (text) => {
      const lines = (begun + text).split('\n')
      begun = (lines.pop() ?? '').slice(0, MAX_LINE_BYTES)
      for (const line of lines) {
        if (hasEnded) return
        const result = await runner.run(line)
        if (result.ended) await end(result)
        else await show(result.output)
      }
    }
  }

  channel.on('data', (bytes: Buffer) => {
    // The next bytes wait at the client until these are done.
    channel.pause()
    work = work.then(() => take(decoder.write(bytes))).finally(() => channel.resume())
  })
  channel.once('end', () => {
    work = work.then(async () => end(await runner.endInput()))
  })
  channel.once('close', () => {
    hasEnded = true
    recording?.end()
  })
  channel.on('error', () => {})
  if (recording) void show(greeting + runner.prompt())
}
