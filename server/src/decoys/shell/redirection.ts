import { toBuffer } from './bytes.js'
import type { ExpansionContext } from './expansion.js'
import { expandText, expandWords } from './expansion.js'
import type { DeviceNode, FileNode } from './file-nodes.js'
import { DecoyFileError } from './file-nodes.js'
import type { Streams } from './host.js'
import { WriteError } from './limits.js'
import { absolutePath } from './paths.js'
import type { Input, Output } from './streams.js'
import { noOutput, textInput } from './streams.js'
import type { Redirection } from './syntax.js'

/** A file that cannot be opened; the command is not run. `message` follows the shell's name. */
export class RedirectionError extends Error {
  override name = 'RedirectionError'
}

const NETWORK_PATH = /^\/dev\/(tcp|udp)\/([^/]{1,255})\/([^/]{1,32})$/

/** Opens what redirections name, from left to right (XCU 2.7). Throws RedirectionError and ExpansionError. */
export async function redirect(
  redirections: readonly Redirection[],
  streams: Streams,
  context: ExpansionContext,
): Promise<Streams> {
  let opened = streams
  for (const redirection of redirections) opened = await apply(redirection, opened, context)
  return opened
}

async function apply(
  redirection: Redirection,
  streams: Streams,
  context: ExpansionContext,
): Promise<Streams> {
  const { descriptor, operator } = redirection
  if (operator === '<<')
    return { ...streams, input: textInput(await expandText(redirection.target, context)) }
  if (operator === '<<<')
    return { ...streams, input: textInput(`${await expandText(redirection.target, context)}\n`) }
  const [target = '', ...more] = await expandWords([redirection.target], context)
  if (more.length > 0) throw new RedirectionError(`${target} ${more.join(' ')}: ambiguous redirect`)
  if (operator === '>&' || operator === '<&') {
    if (target === '-') return withOutput(streams, descriptor, noOutput)
    if (/^\d+$/.test(target)) return duplicated(streams, descriptor, Number(target), operator)
    const output = openOutput(target, '>', context)
    return { ...streams, output, error: output }
  }
  if (operator === '<' || operator === '<>') {
    const input = openInput(target, streams.input, context)
    return descriptor === 0 ? { ...streams, input } : streams
  }
  const output = openOutput(target, operator.endsWith('>>') ? '>>' : '>', context)
  return operator.startsWith('&')
    ? { ...streams, output, error: output }
    : withOutput(streams, descriptor, output)
}

function withOutput(streams: Streams, descriptor: number, output: Output): Streams {
  if (descriptor === 1) return { ...streams, output }
  if (descriptor === 2) return { ...streams, error: output }
  if (descriptor === 0) return streams
  return { ...streams, others: new Map([...(streams.others ?? []), [descriptor, output]]) }
}

function duplicated(streams: Streams, descriptor: number, source: number, operator: string): Streams {
  if (source === 0) return streams
  const output = source === 1 ? streams.output : source === 2 ? streams.error : streams.others?.get(source)
  if (output === undefined) {
    if (operator === '<&') return streams
    throw new RedirectionError(`${source}: Bad file descriptor`)
  }
  return withOutput(streams, descriptor, output)
}

function asRedirectionError(target: string, error: unknown): Error {
  return error instanceof DecoyFileError
    ? new RedirectionError(`${target}: ${error.message}`)
    : (error as Error)
}

function openInput(target: string, terminal: Input, context: ExpansionContext): Input {
  refuseNetwork(target, context)
  if (target === '/dev/tty' || target === '/dev/stdin') return terminal
  try {
    const path = absolutePath(target, context.state.folder)
    const content = context.files.read(path, context.state.owner)
    context.budget.spend(content.length)
    return textInput(content.toString('latin1'))
  } catch (error) {
    throw asRedirectionError(target, error)
  }
}

function openOutput(target: string, operator: '>' | '>>', context: ExpansionContext): Output {
  refuseNetwork(target, context)
  const { files, state, budget } = context
  try {
    if (target === '') throw new DecoyFileError('ENOENT')
    const path = absolutePath(target, state.folder)
    const mode = 0o666 & ~state.umask
    const node =
      operator === '>>' ? files.open(path, state.owner, mode) : files.create(path, state.owner, mode)
    return fileOutput(node, (bytes) => {
      budget.spend(bytes.length)
      files.append(node, toBuffer(bytes))
    })
  } catch (error) {
    throw asRedirectionError(target, error)
  }
}

function fileOutput(node: FileNode | DeviceNode, append: (bytes: string) => void): Output {
  if (node.kind === 'device' && node.behaviour !== 'full') return noOutput
  return {
    isTerminal: false,
    write(bytes) {
      if (bytes === '') return
      try {
        append(bytes)
      } catch (error) {
        throw error instanceof DecoyFileError ? new WriteError(error.message) : error
      }
    },
  }
}

/** `/dev/tcp/host/port` of bash: nothing is connected; what was wanted is recorded. */
function refuseNetwork(target: string, context: ExpansionContext): void {
  const match = NETWORK_PATH.exec(target)
  if (match === null) return
  const [, protocol = '', host = '', port = ''] = match
  context.evidence.attempt('shell.connect', { url: `${protocol}://${host}:${port}` })
  const reason = context.isLocal(host) ? 'Connection refused' : 'Connection timed out'
  throw new RedirectionError(`connect: ${reason}\n${context.state.errorPrefix}${target}: ${reason}`)
}
