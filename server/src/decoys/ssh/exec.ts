import type { ServerChannel } from 'ssh2'
import { createGrowingBuffer } from '../../platform/sockets/growing-buffer.js'
import type { ByteShare } from '../connection/byte-budget.js'
import type { DecoySession, TerminalRecording } from '../decoy.js'
import type { CommandRunner } from '../terminal/command-runner.js'
import { endWith, writeTo } from './channel-output.js'

export interface ExecOptions {
  channel: ServerChannel
  command: string
  runner: CommandRunner
  session: DecoySession
  share: ByteShare
  /** Of the terminal that was asked for; null where there is none. */
  recording: TerminalRecording | null
}

const MAX_STDIN_BYTES = 8 * 1024 * 1024
/** Characters of a command that are looked at for one that reads. */
const MAX_LOOKED_AT = 4_096
/** A command whose input does not end gets what there is. */
const SILENT_MS = 30_000
/** Commands that attackers send a file to. Others are run at once: a client leaves its input open. */
const READS_STDIN =
  /(?:^|[;&|(]\s*)(?:sudo\s+|busybox\s+)?(?:cat\s*(?:[>|]|-|$)|tee\b|dd\b(?!.*\bif=)|(?:ba|da)?sh\s*(?:-s\b|$)|tar\s+-?\w*x|base64\s+(?:-d|--decode)|xxd\s+-r|g(?:un)?zip\b|python3?\s*(?:-\s*)?$|perl\s*$)/m

/** Runs one command, as `ssh HOST COMMAND` asks for. */
export async function serveExec(options: ExecOptions): Promise<void> {
  const { channel, command, runner, session, recording } = options
  channel.on('error', () => {})
  const stdin = READS_STDIN.test(command.slice(0, MAX_LOOKED_AT)) ? await inputOf(options) : undefined
  if (stdin === undefined) channel.resume()
  else if (stdin.length > 0) keepInput(session, command, stdin)
  const { output, bytes, exitCode } = await runner.run(command, stdin)
  if (recording) {
    const shown = output.replaceAll('\n', '\r\n')
    recording.output(shown)
    await writeTo(channel, shown)
  } else await writeTo(channel, bytes)
  recording?.end()
  endWith(channel, exitCode)
}

function inputOf({ channel, share }: ExecOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    const buffer = createGrowingBuffer(MAX_STDIN_BYTES)
    const settle = () => {
      clearTimeout(timer)
      channel.off('data', onData)
      resolve(buffer.take())
    }
    const timer = setTimeout(settle, SILENT_MS)
    const onData = (bytes: Buffer) => {
      timer.refresh()
      if (!share.take(bytes.length)) return settle()
      buffer.append(bytes)
      if (buffer.size() >= MAX_STDIN_BYTES) settle()
    }
    channel.on('data', onData)
    channel.once('end', settle)
    channel.once('close', settle)
  })
}

function keepInput(session: DecoySession, command: string, content: Buffer): void {
  session.record({
    event_type: 'file_upload',
    action: 'ssh.stdin',
    outcome: 'success',
    file_sha256: session.keepFile({ name: 'stdin', content }),
    message: `input of: ${command}`,
    details: { bytes: content.length },
  })
}
