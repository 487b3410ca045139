import { DecoyFileError } from '../file-nodes.js'
import type { ProgramCall } from '../host.js'
import { absolutePath } from '../paths.js'
import { fail } from './arguments.js'

/** One input of a command: a file by its name, or the standard input. */
export interface Source {
  name: string
  text: string
}

const RANDOM_BYTES = 65_536

/** Reads a file as bytes; the standard input for `-`. Throws DecoyFileError. */
export async function readFile(call: ProgramCall, name: string): Promise<string> {
  const { host, state } = call
  if (name === '-' || name === '/dev/stdin' || name === '/proc/self/fd/0') return await call.input.readAll()
  const path = absolutePath(name, state.folder)
  const node = host.files.node(path, state.owner)
  if (node.kind === 'device' && node.behaviour === 'zero') return '\0'.repeat(RANDOM_BYTES)
  if (node.kind === 'device' && node.behaviour === 'random') return randomBytes(call)
  const content = host.files.read(path, state.owner)
  host.budget.spend(content.length)
  await host.budget.turn()
  return content.toString('latin1')
}

/** Bytes without a pattern; not for cryptography. */
function randomBytes({ host }: ProgramCall): string {
  let seed = (host.now() ^ (host.nextPid() * 2_654_435_761)) >>> 0
  const bytes = Buffer.alloc(RANDOM_BYTES)
  for (let at = 0; at < bytes.length; at += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = seed >>> 24
  }
  return bytes.toString('latin1')
}

/** The same, of at most so many bytes; an endless device gives as many, where a file may be so large. */
export async function readBeginning(call: ProgramCall, name: string, length: number): Promise<string> {
  const text = (await readFile(call, name)).slice(0, length)
  const { files, limits, budget } = call.host
  const node = name === '-' ? null : files.find(pathOf(call, name), call.state.owner)
  if (node?.kind !== 'device' || text === '' || text.length >= length) return text
  const wanted = Math.min(length, limits.fileBytes)
  budget.spend(wanted)
  return text.repeat(Math.ceil(wanted / text.length)).slice(0, wanted)
}

/** Reads all inputs of a filter. Those that cannot be read are reported; `status` is 1 then. */
export async function readSources(
  call: ProgramCall,
  names: readonly string[],
  read: (name: string) => Promise<string> = (name) => readFile(call, name),
): Promise<{ sources: Source[]; status: number }> {
  const sources: Source[] = []
  let status = 0
  for (const name of names.length === 0 ? ['-'] : names) {
    try {
      sources.push({ name, text: await read(name) })
    } catch (error) {
      if (!(error instanceof DecoyFileError)) throw error
      status = fail(call, `${name}: ${error.message}`)
    }
  }
  return { sources, status }
}

/** Runs what may fail as the kernel fails. @returns 0, or 1 after the message. */
export function attempt(call: ProgramCall, describe: (reason: string) => string, run: () => void): number {
  try {
    run()
    return 0
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return fail(call, describe(error.message))
  }
}

export function pathOf(call: ProgramCall, name: string): string {
  return absolutePath(name, call.state.folder)
}
