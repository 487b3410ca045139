import { gunzipSync, gzipSync } from 'node:zlib'
import type { Node } from '../file-nodes.js'
import { contentOf, DecoyFileError } from '../file-nodes.js'
import type { Program, ProgramCall } from '../host.js'
import { fail } from './arguments.js'
import { pathOf, readFile } from './reading.js'

const BLOCK = 512
const MAX_ENTRIES = 1_000

interface Entry {
  name: string
  mode: number
  isFolder: boolean
  content: Buffer
}

interface Settings {
  letters: string
  archive: string
  folder: string | null
  names: string[]
}

function settingsOf(args: readonly string[]): Settings {
  const settings: Settings = { letters: '', archive: '-', folder: null, names: [] }
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] as string
    if (arg === '-C') {
      at += 1
      settings.folder = args[at] ?? null
    } else if (arg.startsWith('--'))
      settings.letters +=
        { extract: 'x', create: 'c', list: 't', gzip: 'z', verbose: 'v' }[arg.slice(2)] ?? ''
    else if (arg.startsWith('-') || (at === 0 && /^[cxtrzjJvfpP]+$/.test(arg))) {
      const letters = arg.replace(/^-/, '')
      settings.letters += letters
      if (letters.includes('f')) {
        at += 1
        settings.archive = args[at] ?? '-'
      }
    } else settings.names.push(arg)
  }
  return settings
}

/** `tar`: makes, lists and unpacks archives of the ustar format (XCU `pax`), also with gzip. */
const tar: Program = async (call) => {
  const settings = settingsOf(call.args)
  if (settings.letters.includes('c')) return create(call, settings)
  if (!/[xt]/.test(settings.letters)) {
    call.error.write(
      "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.\n",
    )
    return 2
  }
  let content: Buffer
  try {
    content = Buffer.from(await readFile(call, settings.archive), 'latin1')
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    call.error.write(
      `tar: ${settings.archive}: Cannot open: ${error.message}\ntar: Error is not recoverable: exiting now\n`,
    )
    return 2
  }
  const entries = unpacked(call, content)
  if (entries === null) {
    call.error.write(
      'tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors\n',
    )
    return 2
  }
  for (const entry of entries) {
    if (settings.letters.includes('t') || settings.letters.includes('v')) call.output.write(`${entry.name}\n`)
    if (settings.letters.includes('x') && extract(call, entry, settings.folder) !== 0) return 2
  }
  return 0
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each field of the format is read once
function unpacked(call: ProgramCall, content: Buffer): Entry[] | null {
  let data = content
  if (content[0] === 0x1f && content[1] === 0x8b) {
    try {
      data = gunzipSync(content, { maxOutputLength: call.host.limits.fileBytes })
    } catch {
      return null
    }
  }
  call.host.budget.spend(data.length)
  const entries: Entry[] = []
  for (let at = 0; at + BLOCK <= data.length && entries.length < MAX_ENTRIES; ) {
    const header = data.subarray(at, at + BLOCK)
    if (header[0] === 0) break
    if (header.toString('latin1', 257, 262) !== 'ustar') return entries.length > 0 ? entries : null
    const text = (from: number, length: number): string =>
      header.toString('latin1', from, from + length).split('\0')[0] as string
    const size = Number.parseInt(text(124, 12), 8) || 0
    const prefix = text(345, 155)
    const name = (prefix === '' ? '' : `${prefix}/`) + text(0, 100)
    const kind = text(156, 1)
    const start = at + BLOCK
    if (kind === '' || kind === '0' || kind === '5')
      entries.push({
        name,
        mode: Number.parseInt(text(100, 8), 8) || 0o644,
        isFolder: kind === '5',
        content: data.subarray(start, start + size),
      })
    at = start + Math.ceil(Math.max(0, size) / BLOCK) * BLOCK
  }
  return entries.length > 0 ? entries : null
}

function extract(call: ProgramCall, entry: Entry, folder: string | null): number {
  const { files } = call.host
  const { owner } = call.state
  // An archive may name `..` and absolute paths; they stay in this file system, as everything does.
  const path = pathOf(call, `${folder ?? '.'}/${entry.name.replace(/^\/+/, '')}`)
  try {
    const names = path.split('/').filter((name) => name !== '')
    const depth = entry.isFolder ? names.length : names.length - 1
    for (let count = 1; count <= depth; count += 1) {
      const part = `/${names.slice(0, count).join('/')}`
      if (files.find(part, owner) === null) files.makeFolder(part, owner, 0o755)
    }
    if (!entry.isFolder) {
      const node = files.create(path, owner, entry.mode & 0o777)
      files.append(node, entry.content)
      node.mode = entry.mode & 0o777
      if ((entry.mode & 0o111) !== 0) call.host.evidence.dropped(path, Buffer.from(entry.content))
    }
    return 0
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return fail(call, `${entry.name}: Cannot open: ${error.message}`)
  }
}

function create(call: ProgramCall, settings: Settings): number {
  const blocks: Buffer[] = []
  let size = 0
  let status = 0
  const add = (name: string, node: Node): void => {
    call.host.budget.spend()
    if (size > call.host.limits.fileBytes) return
    const content = node.kind === 'file' ? Buffer.from(contentOf(node)) : Buffer.alloc(0)
    const parts = [
      headerOf(name, node, content.length),
      content,
      Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
    ]
    blocks.push(...parts)
    size += parts.reduce((sum, part) => sum + part.length, 0)
    if (settings.letters.includes('v')) call.output.write(`${name}\n`)
    if (node.kind === 'folder')
      for (const [inner, each] of node.entries) add(`${name.replace(/\/$/, '')}/${inner}`, each)
  }
  for (const name of settings.names) {
    const node = call.host.files.find(
      pathOf(call, `${settings.folder ?? '.'}/${name}`.replace('./', '')),
      call.state.owner,
    )
    if (node === null) {
      call.error.write(
        `tar: ${name}: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n`,
      )
      status = 2
    } else add(name.replace(/^\/+/, '') + (node.kind === 'folder' && !name.endsWith('/') ? '/' : ''), node)
  }
  const whole = Buffer.concat([...blocks, Buffer.alloc(BLOCK * 2)])
  const isCompressed = settings.letters.includes('z') || /\.t?gz$/.test(settings.archive)
  const archive = isCompressed ? gzipSync(whole) : whole
  if (settings.archive === '-') call.output.write(archive.toString('latin1'))
  else {
    try {
      const node = call.host.files.create(pathOf(call, settings.archive), call.state.owner, 0o644)
      call.host.files.append(node, archive)
    } catch (error) {
      if (!(error instanceof DecoyFileError)) throw error
      return fail(call, `${settings.archive}: Cannot open: ${error.message}`, 2)
    }
  }
  return status
}

function headerOf(name: string, node: Node, size: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`
  header.write(name.slice(0, 100), 0, 'latin1')
  header.write(octal(node.mode & 0o7777, 8), 100)
  header.write(octal(node.uid, 8), 108)
  header.write(octal(node.gid, 8), 116)
  header.write(octal(size, 12), 124)
  header.write(octal(Math.floor(node.modified / 1_000), 12), 136)
  header.write('        ', 148)
  header.write(node.kind === 'folder' ? '5' : '0', 156)
  header.write('ustar\x0000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Commands on archives. */
export const ARCHIVE_COMMANDS: Readonly<Record<string, Program>> = { tar }
