import { toBytes } from './bytes.js'
import type { FileNode } from './file-nodes.js'
import { contentOf, DecoyFileError, isAllowed } from './file-nodes.js'
import type { ShellHost, Streams } from './host.js'
import { absolutePath } from './paths.js'
import type { ShellState } from './shell-state.js'
import { copyState } from './shell-state.js'
import { ExitSignal } from './signals.js'

const ELF = '\x7fELF'
/** e_machine of x86-64 (System V ABI). */
const X86_64 = 62
const I386 = 3
const SHELLS = /^#!\s*(?:\/usr)?\/bin\/(?:env\s+)?(?:ba|da|a|k)?sh\b/

/** Runs what a path leads to: a program of the host, or a file of the attacker, which is kept and of which only shell scripts do something. */
export async function executeFile(
  host: ShellHost,
  path: string,
  name: string,
  args: readonly string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const absolute = absolutePath(path, state.folder)
  try {
    const node = host.files.node(absolute, state.owner)
    if (node.kind === 'folder') return refuse(state, streams, name, 'Is a directory', 126)
    if (node.kind !== 'file' || !isAllowed(node, state.owner, 1))
      return refuse(state, streams, name, 'Permission denied', 126)
    if (!node.isOwn) return await runInstalled(host, absolute, name, args, state, streams)
    return await runOwn(host, node, path, args, state, streams)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    const reason = state.flavour === 'sh' && error.code === 'ENOENT' ? 'not found' : error.message
    return refuse(state, streams, name, reason, error.code === 'ENOENT' ? 127 : 126)
  }
}

function refuse(state: ShellState, { error }: Streams, name: string, reason: string, status: number): number {
  error.write(`${state.errorPrefix}${name}: ${reason}\n`)
  return status
}

async function runInstalled(
  host: ShellHost,
  absolute: string,
  name: string,
  args: readonly string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const real = host.files.realPath(absolute, state.owner)
  const called = absolute.split('/').pop() as string
  const installed = real.split('/').pop() as string
  const program = host.programs.get(called) ?? host.programs.get(installed)
  if (program === undefined)
    return refuse(state, streams, name, 'cannot execute: required file not found', 127)
  const short = host.programs.has(called) ? called : installed
  return await program({ ...streams, name: short, args, state, host })
}

async function runOwn(
  host: ShellHost,
  node: FileNode,
  path: string,
  args: readonly string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const content = contentOf(node)
  host.budget.spend(content.length)
  host.evidence.dropped(path, Buffer.from(content))
  const text = content.toString('latin1')
  if (text.startsWith(ELF)) {
    const isOurs = content.length >= 20 && [X86_64, I386].includes(content.readUInt16LE(18))
    return isOurs ? 0 : refuse(state, streams, path, 'cannot execute binary file: Exec format error', 126)
  }
  const interpreter = /^#!\s*(\S{1,128})/.exec(text)?.[1]
  if (interpreter !== undefined && !SHELLS.test(text))
    return await interpreted(host, interpreter, path, state, streams)
  if (text.slice(0, 256).includes('\0'))
    return refuse(state, streams, path, 'cannot execute binary file: Exec format error', 126)
  return await runText(host, text, path, args, state, streams)
}

/** A file whose interpreter is no shell: that one says what it says without a script. */
async function interpreted(
  host: ShellHost,
  interpreter: string,
  path: string,
  state: ShellState,
  streams: Streams,
): Promise<number> {
  if (host.files.find(absolutePath(interpreter, '/'), state.owner) === null)
    return refuse(state, streams, path, `${interpreter}: bad interpreter: No such file or directory`, 126)
  return 0
}

/** Runs a script in a process of its own. */
export async function runText(
  host: ShellHost,
  text: string,
  name: string,
  args: readonly string[],
  state: ShellState,
  streams: Streams,
): Promise<number> {
  const child = copyState(state)
  child.options = new Set()
  child.aliases = new Map()
  child.variables = new Map([...child.variables].filter(([, variable]) => variable.isExported))
  child.functions = new Map()
  child.tested = 0
  child.parameters = [...args]
  child.name = name
  child.pid = host.nextPid()
  child.errorPrefix = toBytes(child.flavour === 'sh' ? `${name}: 1: ` : `${name}: line 1: `)
  try {
    return await host.runScript(text, child, streams)
  } catch (error) {
    if (error instanceof ExitSignal) return error.status
    throw error
  }
}
