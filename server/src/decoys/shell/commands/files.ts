import { toBuffer } from '../bytes.js'
import type { Node } from '../file-nodes.js'
import { contentOf, DecoyFileError, sizeOf } from '../file-nodes.js'
import type { Program, ProgramCall } from '../host.js'
import { pathNames } from '../paths.js'
import { fail, invalidOption, readOptions } from './arguments.js'
import { groupName, humanSize, inodeOf, ls, modeText, userName } from './listing.js'
import { attempt, pathOf, readBeginning, readFile, readSources } from './reading.js'
import { formatDate } from './time-format.js'

const cat: Program = async (call) => {
  const { flags, operands, unknown } = readOptions(call.args, {
    letters: 'AbeEnstTuv',
    long: { help: '?', number: 'n', version: 'V' },
  })
  if (flags.has('?')) {
    call.output.write(CAT_HELP)
    return 0
  }
  if (unknown !== null) return invalidOption(call, unknown)
  let status = 0
  let line = 0
  for (const name of operands.length === 0 ? ['-'] : operands) {
    try {
      const text = await readFile(call, name)
      if (!flags.has('n') && !flags.has('b') && !flags.has('E') && !flags.has('A')) call.output.write(text)
      else {
        const numbered = text.replace(/[^\n]*\n?/g, (each) => {
          if (each === '') return ''
          const isNumbered = flags.has('n') || (flags.has('b') && each !== '\n')
          if (isNumbered) line += 1
          const end = flags.has('E') || flags.has('A') ? each.replace(/\n$/, '$\n') : each
          return (isNumbered ? `${String(line).padStart(6)}\t` : '') + end
        })
        call.output.write(numbered)
      }
    } catch (error) {
      if (!(error instanceof DecoyFileError)) throw error
      status = fail(call, `${name}: ${error.message}`)
    }
  }
  return status
}

const CAT_HELP = `Usage: cat [OPTION]... [FILE]...
Concatenate FILE(s) to standard output.

With no FILE, or when FILE is -, read standard input.

  -A, --show-all           equivalent to -vET
  -b, --number-nonblank    number nonempty output lines, overrides -n
  -E, --show-ends          display $ at end of each line
  -n, --number             number all output lines
  -s, --squeeze-blank      suppress repeated empty output lines
      --help        display this help and exit
      --version     output version information and exit

GNU coreutils online help: <https://www.gnu.org/software/coreutils/>
Full documentation <https://www.gnu.org/software/coreutils/cat>
or available locally via: info '(coreutils) cat invocation'
`

const mkdir: Program = (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: 'pv',
    valued: 'm',
    long: { parents: 'p', verbose: 'v', 'mode=': 'm' },
  })
  if (operands.length === 0) return fail(call, "missing operand\nTry 'mkdir --help' for more information.")
  const mode = Number.parseInt(values.get('m') ?? '', 8)
  let status = 0
  for (const name of operands) {
    const path = pathOf(call, name)
    status ||= attempt(
      call,
      (reason) => `cannot create directory '${name}': ${reason}`,
      () => {
        if (flags.has('p')) makeParents(call, path)
        else
          call.host.files.makeFolder(
            path,
            call.state.owner,
            Number.isNaN(mode) ? 0o777 & ~call.state.umask : mode,
          )
      },
    )
  }
  return status
}

function makeParents({ host, state }: ProgramCall, path: string): void {
  const names = pathNames(path)
  for (let count = 1; count <= names.length; count += 1) {
    const part = `/${names.slice(0, count).join('/')}`
    host.budget.spend()
    const node = host.files.find(part, state.owner)
    if (node === null) host.files.makeFolder(part, state.owner, 0o777 & ~state.umask)
    else if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
  }
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
const rm: Program = async (call) => {
  const { flags, operands, unknown } = readOptions(call.args, {
    letters: 'dfiIrRv',
    long: { force: 'f', recursive: 'r', verbose: 'v', 'no-preserve-root': '/', help: '?' },
  })
  if (unknown !== null) return invalidOption(call, unknown)
  if (operands.length === 0)
    return flags.has('f') ? 0 : fail(call, "missing operand\nTry 'rm --help' for more information.")
  const isRecursive = flags.has('r') || flags.has('R')
  let status = 0
  for (const name of operands) {
    const path = pathOf(call, name)
    if (path === '/' && isRecursive && !flags.has('/')) {
      call.error.write(
        "rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe\n",
      )
      status = 1
    } else {
      try {
        await removeNode(call, path, name, isRecursive, flags.has('v'))
      } catch (error) {
        if (!(error instanceof DecoyFileError)) throw error
        if (!(flags.has('f') && (error.code === 'ENOENT' || error.code === 'ENOTDIR')))
          status = fail(call, `cannot remove '${name}': ${error.message}`)
      }
    }
  }
  return status
}

async function removeNode(
  call: ProgramCall,
  path: string,
  name: string,
  isRecursive: boolean,
  isVerbose: boolean,
): Promise<void> {
  const { files, budget } = call.host
  budget.spend(256)
  await budget.turn()
  const node = files.node(path, call.state.owner, true)
  if (node.kind === 'folder') {
    if (!isRecursive) throw new DecoyFileError('EISDIR')
    for (const { name: inner } of files.list(path, call.state.owner))
      await removeNode(call, `${path}/${inner}`, `${name}/${inner}`, true, isVerbose)
    files.removeFolder(path, call.state.owner)
  } else files.remove(path, call.state.owner)
  if (isVerbose) call.output.write(`removed ${node.kind === 'folder' ? 'directory ' : ''}'${name}'\n`)
}

const rmdir: Program = (call) => {
  let status = 0
  for (const name of call.args.filter((arg) => !arg.startsWith('-')))
    status ||= attempt(
      call,
      (reason) => `failed to remove '${name}': ${reason}`,
      () => call.host.files.removeFolder(pathOf(call, name), call.state.owner),
    )
  return status
}

/** The path that a copied or moved file has. */
function targetOf(call: ProgramCall, source: string, target: string): string {
  const path = pathOf(call, target)
  const isFolder = call.host.files.find(path, call.state.owner)?.kind === 'folder'
  return isFolder ? `${path}/${pathNames(pathOf(call, source)).pop() ?? ''}` : path
}

function operandsFor(
  call: ProgramCall,
  letters: string,
): { flags: ReadonlySet<string>; sources: string[]; target: string } | null {
  const { flags, values, operands } = readOptions(call.args, {
    letters,
    valued: 't',
    long: { recursive: 'r', force: 'f', verbose: 'v' },
  })
  const sources = [...operands]
  const target = values.get('t') ?? (sources.length > 1 ? sources.pop() : undefined)
  if (target !== undefined && sources.length > 0) return { flags, sources, target }
  const [only] = operands
  fail(
    call,
    only === undefined
      ? `missing file operand\nTry '${call.name} --help' for more information.`
      : `missing destination file operand after '${only}'\nTry '${call.name} --help' for more information.`,
  )
  return null
}

const cp: Program = async (call) => {
  const operands = operandsFor(call, 'abdfHiLlnPpRrsuvx')
  if (operands === null) return 1
  const isRecursive = ['r', 'R', 'a'].some((flag) => operands.flags.has(flag))
  let status = 0
  for (const source of operands.sources) {
    const path = pathOf(call, source)
    const node = call.host.files.find(path, call.state.owner)
    if (node?.kind === 'folder' && !isRecursive) {
      status = fail(call, `-r not specified; omitting directory '${source}'`)
      continue
    }
    try {
      await copyNode(call, path, targetOf(call, source, operands.target))
    } catch (error) {
      if (!(error instanceof DecoyFileError)) throw error
      status = fail(
        call,
        node === null
          ? `cannot stat '${source}': ${error.message}`
          : `cannot create regular file '${operands.target}': ${error.message}`,
      )
    }
  }
  return status
}

async function copyNode(call: ProgramCall, from: string, to: string): Promise<void> {
  const { files, budget } = call.host
  const { owner } = call.state
  budget.spend()
  await budget.turn()
  const node = files.node(from, owner)
  if (node.kind === 'folder') {
    if (`${to}/`.startsWith(`${from}/`)) throw new DecoyFileError('EINVAL')
    if (files.find(to, owner) === null) files.makeFolder(to, owner, node.mode)
    for (const { name } of files.list(from, owner)) await copyNode(call, `${from}/${name}`, `${to}/${name}`)
    return
  }
  const content = Buffer.from(files.read(from, owner))
  budget.spend(content.length)
  const isNew = files.find(to, owner) === null
  const copy = files.create(to, owner, node.mode & ~call.state.umask)
  files.append(copy, content)
  if (isNew) copy.mode = node.mode & 0o777 & ~call.state.umask
}

const mv: Program = (call) => {
  const operands = operandsFor(call, 'bfinuvT')
  if (operands === null) return 1
  let status = 0
  for (const source of operands.sources) {
    const target = targetOf(call, source, operands.target)
    const isThere = call.host.files.find(pathOf(call, source), call.state.owner, true) !== null
    status ||= attempt(
      call,
      (reason) =>
        isThere
          ? `cannot move '${source}' to '${operands.target}': ${reason}`
          : `cannot stat '${source}': ${reason}`,
      () => call.host.files.rename(pathOf(call, source), target, call.state.owner),
    )
  }
  return status
}

const touch: Program = (call) => {
  const { values, operands } = readOptions(call.args, {
    letters: 'achm',
    valued: 'drt',
    long: { 'date=': 'd', 'reference=': 'r' },
  })
  if (operands.length === 0)
    return fail(call, "missing file operand\nTry 'touch --help' for more information.")
  const { files } = call.host
  const { owner } = call.state
  const reference = values.get('r')
  const modified =
    reference === undefined
      ? call.host.now()
      : (files.find(pathOf(call, reference), owner)?.modified ?? call.host.now())
  let status = 0
  for (const name of operands) {
    const path = pathOf(call, name)
    status ||= attempt(
      call,
      (reason) => `cannot touch '${name}': ${reason}`,
      () => {
        if (files.find(path, owner) === null) files.open(path, owner, 0o666 & ~call.state.umask)
        files.touch(path, owner, modified)
      },
    )
  }
  return status
}

const ln: Program = (call) => {
  const { flags, operands } = readOptions(call.args, {
    letters: 'bfinrsTv',
    long: { symbolic: 's', force: 'f' },
  })
  const [source, target = pathNames(pathOf(call, source ?? '')).pop() ?? ''] = operands
  if (source === undefined) return fail(call, "missing file operand\nTry 'ln --help' for more information.")
  const path = targetOf(call, source, target)
  const { files } = call.host
  return attempt(
    call,
    (reason) => `failed to create ${flags.has('s') ? 'symbolic ' : 'hard '}link '${target}': ${reason}`,
    () => {
      if (flags.has('f') && files.find(path, call.state.owner, true) !== null)
        files.remove(path, call.state.owner)
      if (!flags.has('s')) files.node(pathOf(call, source), call.state.owner)
      files.link(flags.has('s') ? source : pathOf(call, source), path, call.state.owner)
    },
  )
}

/** A mode of XCU `chmod`, octal or symbolic; null where it is none. */
export function changedMode(text: string, mode: number, isFolder: boolean): number | null {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  let result = mode
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause)
    if (match === null) return null
    const who = match[1] === '' ? 'a' : (match[1] as string)
    for (const [, operator, letters = ''] of (match[2] as string).matchAll(/([-+=])([rwxXst]*)/g))
      result = withBits(result, who, operator as string, letters, isFolder)
  }
  return result
}

function withBits(mode: number, who: string, operator: string, letters: string, isFolder: boolean): number {
  let bits = 0
  if (letters.includes('r')) bits |= 4
  if (letters.includes('w')) bits |= 2
  if (letters.includes('x') || (letters.includes('X') && (isFolder || (mode & 0o111) !== 0))) bits |= 1
  let mask = 0
  let field = 0
  for (const [letter, shift] of [
    ['u', 6],
    ['g', 3],
    ['o', 0],
  ] as const) {
    if (!who.includes(letter) && !who.includes('a')) continue
    mask |= bits << shift
    field |= 7 << shift
  }
  if (letters.includes('s')) mask |= who.includes('g') ? 0o2000 : 0o4000
  if (letters.includes('t')) mask |= 0o1000
  if (operator === '+') return mode | mask
  return operator === '-' ? mode & ~mask : (mode & ~field) | mask
}

/** Runs for each operand, and with `-R` for what is below. */
async function forEachNode(
  call: ProgramCall,
  names: readonly string[],
  isRecursive: boolean,
  describe: (name: string, reason: string) => string,
  change: (path: string, node: Node) => void,
): Promise<number> {
  let status = 0
  const visit = async (name: string): Promise<void> => {
    call.host.budget.spend(256)
    await call.host.budget.turn()
    const path = pathOf(call, name)
    status ||= attempt(
      call,
      (reason) => describe(name, reason),
      () => change(path, call.host.files.node(path, call.state.owner)),
    )
    const node = call.host.files.find(path, call.state.owner, true)
    if (isRecursive && node?.kind === 'folder')
      for (const inner of [...node.entries.keys()]) await visit(`${name}/${inner}`)
  }
  for (const name of names) await visit(name)
  return status
}

const chmod: Program = async (call) => {
  const options = call.args.filter((arg) => /^-[Rcfv]+$|^--/.test(arg))
  const [mode, ...names] = call.args.filter((arg) => !options.includes(arg))
  if (mode === undefined || names.length === 0)
    return fail(
      call,
      `missing operand${mode === undefined ? '' : ` after '${mode}'`}\nTry 'chmod --help' for more information.`,
    )
  if (changedMode(mode, 0, false) === null)
    return fail(call, `invalid mode: '${mode}'\nTry 'chmod --help' for more information.`)
  const isRecursive = options.some((option) => option.includes('R') || option === '--recursive')
  return await forEachNode(
    call,
    names,
    isRecursive,
    (name, reason) =>
      /permitted/.test(reason)
        ? `changing permissions of '${name}': ${reason}`
        : `cannot access '${name}': ${reason}`,
    (path, node) => {
      const changed = changedMode(mode, node.mode, node.kind === 'folder') ?? node.mode
      call.host.files.changeMode(path, call.state.owner, changed)
      if (node.kind === 'file' && node.isOwn && (changed & 0o111) !== 0)
        call.host.evidence.dropped(path, Buffer.from(contentOf(node)))
    },
  )
}

const chown: Program = async (call) => {
  const { flags, operands } = readOptions(call.args, { letters: 'RcfhvHLP', long: { recursive: 'R' } })
  const [owner, ...names] = operands
  if (owner === undefined || names.length === 0)
    return fail(call, `missing operand\nTry '${call.name} --help' for more information.`)
  const [user = '', group = ''] = call.name === 'chgrp' ? ['', owner] : owner.split(/[:.]/)
  const { accounts, files } = call.host
  const numbered = (name: string, key: 'uid' | 'gid'): number | undefined =>
    /^\d{1,9}$/.test(name) ? Number(name) : accounts.find((account) => account.name === name)?.[key]
  const uid = numbered(user, 'uid')
  const gid = numbered(group, 'gid')
  if ((user !== '' && uid === undefined) || (group !== '' && gid === undefined))
    return fail(call, `invalid ${user !== '' && uid === undefined ? 'user' : 'group'}: '${owner}'`)
  return await forEachNode(
    call,
    names,
    flags.has('R'),
    (name, reason) =>
      /permitted/.test(reason)
        ? `changing ownership of '${name}': ${reason}`
        : `cannot access '${name}': ${reason}`,
    (path) =>
      files.changeOwner(path, call.state.owner, {
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      }),
  )
}

const stat: Program = (call) => {
  const { values, operands } = readOptions(call.args, {
    letters: 'fLt',
    valued: 'c',
    long: { 'format=': 'c', 'printf=': 'c' },
  })
  let status = 0
  for (const name of operands) {
    const node = call.host.files.find(pathOf(call, name), call.state.owner, true)
    if (node === null) status = fail(call, `cannot statx '${name}': No such file or directory`)
    else
      call.output.write(
        values.has('c')
          ? `${statFormat(call, values.get('c') as string, name, node)}\n`
          : statText(call, name, node),
      )
  }
  return status
}

const KINDS = {
  file: 'regular file',
  folder: 'directory',
  link: 'symbolic link',
  device: 'character special file',
}

function statFormat(call: ProgramCall, format: string, name: string, node: Node): string {
  const fields: Record<string, string> = {
    a: (node.mode & 0o7777).toString(8),
    A: modeText(node),
    F: KINDS[node.kind],
    g: String(node.gid),
    G: groupName(call, node.gid),
    h: '1',
    i: String(inodeOf(node)),
    n: name,
    s: String(sizeOf(node)),
    u: String(node.uid),
    U: userName(call, node.uid),
    X: String(Math.floor(node.modified / 1_000)),
    Y: String(Math.floor(node.modified / 1_000)),
  }
  return format.replace(/%([a-zA-Z])/g, (written, letter: string) => fields[letter] ?? written)
}

function statText(call: ProgramCall, name: string, node: Node): string {
  const size = sizeOf(node)
  const time = formatDate('%Y-%m-%d %H:%M:%S.%N +0000', node.modified)
  const device = call.host.machine.diskMajor * 256 + 1
  const kind = node.kind === 'file' && size === 0 ? 'regular empty file' : KINDS[node.kind]
  return `  File: ${name}${node.kind === 'link' ? ` -> ${node.target}` : ''}
  Size: ${String(size).padEnd(10)}\tBlocks: ${String(Math.ceil(size / 4_096) * 8).padEnd(10)} IO Block: 4096   ${kind}
Device: ${device.toString(16)}h/${device}d\tInode: ${String(inodeOf(node)).padEnd(11)} Links: 1
Access: (${(node.mode & 0o7777).toString(8).padStart(4, '0')}/${modeText(node)})  Uid: (${String(node.uid).padStart(5)}/${userName(call, node.uid).padStart(8)})   Gid: (${String(node.gid).padStart(5)}/${groupName(call, node.gid).padStart(8)})
Access: ${time}
Modify: ${time}
Change: ${time}
 Birth: ${time}
`
}

/** What `file` says of content. */
export function contentKind(content: Buffer): string {
  const text = content.subarray(0, 1_024).toString('latin1')
  if (content.length === 0) return 'empty'
  if (text.startsWith('\x7fELF')) return elfKind(content)
  const script = /^#!\s*(\S{1,64})/.exec(text)?.[1]
  if (script !== undefined) {
    const name = script.split('/').pop()
    return `${name === 'bash' ? 'Bourne-Again shell' : name === 'sh' ? 'POSIX shell' : name} script, ASCII text executable`
  }
  if (text.startsWith('\x1f\x8b')) return 'gzip compressed data, from Unix'
  if (text.startsWith('PK\x03\x04')) return 'Zip archive data, at least v2.0 to extract'
  return isText(text) ? 'ASCII text' : 'data'
}

function isText(text: string): boolean {
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (code < 32 && !'\t\n\r\f\x1b\x07\b'.includes(char)) return false
  }
  return true
}

function elfKind(content: Buffer): string {
  const bits = content[4] === 2 ? 64 : 32
  const order = content[5] === 2 ? 'MSB' : 'LSB'
  const machine =
    content.length < 20 ? 0 : content[5] === 2 ? content.readUInt16BE(18) : content.readUInt16LE(18)
  const names: Record<number, string> = {
    3: 'Intel 80386',
    8: 'MIPS, MIPS-I',
    20: 'PowerPC or cisco 4500',
    40: 'ARM, EABI5',
    62: 'x86-64',
    183: 'ARM aarch64',
  }
  return `ELF ${bits}-bit ${order} executable, ${names[machine] ?? 'unknown arch'}, version 1 (SYSV), statically linked, stripped`
}

const file: Program = (call) => {
  const { flags, operands } = readOptions(call.args, { letters: 'bhiLsz', valued: 'm' })
  for (const name of operands) {
    const node = call.host.files.find(pathOf(call, name), call.state.owner, true)
    const kind =
      node === null
        ? `cannot open \`${name}' (No such file or directory)`
        : node.kind === 'link'
          ? `symbolic link to ${node.target}`
          : node.kind === 'folder'
            ? 'directory'
            : node.kind === 'device'
              ? 'character special (1/3)'
              : contentKind(contentOf(node))
    call.output.write(flags.has('b') ? `${kind}\n` : `${name}: ${kind}\n`)
  }
  return 0
}

const tee: Program = async (call) => {
  const { flags, operands } = readOptions(call.args, { letters: 'ai', long: { append: 'a' } })
  const text = await call.input.readAll()
  call.output.write(text)
  let status = 0
  for (const name of operands)
    status ||= attempt(
      call,
      (reason) => `${name}: ${reason}`,
      () => {
        const { files } = call.host
        const mode = 0o666 & ~call.state.umask
        const node = flags.has('a')
          ? files.open(pathOf(call, name), call.state.owner, mode)
          : files.create(pathOf(call, name), call.state.owner, mode)
        files.append(node, toBuffer(text))
      },
    )
  return status
}

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  b: 512,
  k: 1_024,
  K: 1_024,
  M: 1_048_576,
  G: 1_073_741_824,
  kB: 1_000,
  MB: 1_000_000,
}

function dataSize(text: string | undefined, otherwise: number): number {
  const match = /^(\d{1,9})(c|b|k|K|kB|M|MB|G)?$/.exec(text ?? '')
  return match === null ? otherwise : Number(match[1]) * (SUFFIXES[match[2] ?? ''] as number)
}

const dd: Program = async (call) => {
  const settings = new Map(
    call.args.map((arg) => [arg.split('=')[0] as string, arg.slice(arg.indexOf('=') + 1)]),
  )
  const unknown = call.args.find((arg) => !arg.includes('='))
  if (unknown !== undefined)
    return fail(call, `unrecognized operand '${unknown}'\nTry 'dd --help' for more information.`)
  const size = dataSize(settings.get('bs') ?? settings.get('ibs'), 512) || 512
  const limit = dataSize(settings.get('count'), Number.POSITIVE_INFINITY) * size
  const source = settings.get('if')
  let text: string
  try {
    const skipped = dataSize(settings.get('skip'), 0) * size
    text = (await readBeginning(call, source ?? '-', skipped + limit)).slice(skipped)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return fail(call, `failed to open '${source}': ${error.message}`)
  }
  const target = settings.get('of')
  let copied = text
  let status = 0
  try {
    copied = writeTo(call, target, text)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return fail(call, `failed to open '${target}': ${error.message}`)
  }
  // An endless device filled the largest file that there may be.
  if (copied.length < text.length || (limit > text.length && text.length === call.host.limits.fileBytes))
    status = fail(call, `error writing '${target ?? 'standard output'}': No space left on device`)
  const full = Math.floor(copied.length / size)
  const partial = copied.length % size > 0 ? 1 : 0
  // The block that was not written, or not whole, was read.
  const [read, wrote] =
    status === 0 ? [`${full}+${partial}`, `${full}+${partial}`] : [`${full + 1}+0`, `${full}+0`]
  const seconds = 0.000_2 + copied.length / 900_000_000
  if (settings.get('status') !== 'none')
    call.error.write(
      `${read} records in\n${wrote} records out\n${copied.length} bytes${copied.length >= 1_000 ? ` (${humanDecimal(copied.length)})` : ''} copied, ${seconds.toPrecision(6)} s, ${humanDecimal(copied.length / seconds)}/s\n`,
    )
  return status
}

/** Writes to a file or the standard output. @returns what there was room for. @throws {DecoyFileError} where the file cannot be opened. */
function writeTo(call: ProgramCall, target: string | undefined, text: string): string {
  if (target === undefined) {
    call.output.write(text)
    return text
  }
  const { files } = call.host
  const node = files.create(pathOf(call, target), call.state.owner, 0o666 & ~call.state.umask)
  try {
    files.append(node, toBuffer(text))
    return text
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    return node.kind === 'file' ? text.slice(0, node.length) : ''
  }
}

function humanDecimal(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1_000 && unit < 4) {
    value /= 1_000
    unit += 1
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one option of the command
const readlink: Program = (call) => {
  const { flags, operands } = readOptions(call.args, { letters: 'efmnqsvz' })
  let status = 0
  for (const name of operands) {
    const node = call.host.files.find(pathOf(call, name), call.state.owner, true)
    if (flags.has('f') || flags.has('e') || call.name === 'realpath') {
      try {
        call.output.write(`${call.host.files.realPath(pathOf(call, name), call.state.owner)}\n`)
      } catch (error) {
        if (!(error instanceof DecoyFileError)) throw error
        if (flags.has('f') && error.code === 'ENOENT') call.output.write(`${pathOf(call, name)}\n`)
        else status = call.name === 'realpath' ? fail(call, `${name}: ${error.message}`) : 1
      }
    } else if (node?.kind === 'link') call.output.write(`${node.target}\n`)
    else status = 1
  }
  return status
}

/** Matched from the first of them only: in time that grows with the name. */
const TRAILING_SLASHES = /(?<!\/)\/+$/

const basename: Program = (call) => {
  const [name = '', suffix = ''] = call.args
  const base = name.replace(TRAILING_SLASHES, '').split('/').pop() ?? ''
  const isCut = suffix !== '' && base !== suffix && base.endsWith(suffix)
  call.output.write(`${isCut ? base.slice(0, -suffix.length) : base || '/'}\n`)
  return 0
}

const dirname: Program = (call) => {
  for (const name of call.args) {
    const trimmed = name.replace(TRAILING_SLASHES, '')
    const slash = trimmed.lastIndexOf('/')
    call.output.write(
      `${slash === -1 ? '.' : trimmed.slice(0, slash).replace(TRAILING_SLASHES, '') || '/'}\n`,
    )
  }
  return 0
}

const mktemp: Program = (call) => {
  const isFolder = call.args.includes('-d')
  const template = call.args.find((arg) => arg.includes('XXX')) ?? '/tmp/tmp.XXXXXXXXXX'
  let seed = call.host.nextPid() * 7_919 + call.host.now()
  const path = template.replace(/(?<!X)X+$/, (marks) =>
    [...marks]
      .map(() => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
        return 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[(seed >>> 16) % 62] as string
      })
      .join(''),
  )
  const status = attempt(
    call,
    (reason) => `failed to create file via template '${template}': ${reason}`,
    () => {
      if (isFolder) call.host.files.makeFolder(pathOf(call, path), call.state.owner, 0o700)
      else call.host.files.create(pathOf(call, path), call.state.owner, 0o600)
    },
  )
  if (status === 0) call.output.write(`${path}\n`)
  return status
}

const du: Program = async (call) => {
  const { flags, operands } = readOptions(call.args, {
    letters: 'abchkmsx',
    valued: 'd',
    long: { 'max-depth=': 'd', summarize: 's' },
  })
  const shown = (kb: number): string => (flags.has('h') ? humanSize(kb * 1_024) : String(kb))
  let status = 0
  const measure = async (node: Node, name: string, depth: number): Promise<number> => {
    call.host.budget.spend(256)
    await call.host.budget.turn()
    if (node.kind !== 'folder') return Math.ceil(sizeOf(node) / 4_096) * 4
    let total = 4
    for (const [inner, each] of node.entries)
      total += await measure(each, `${name === '/' ? '' : name}/${inner}`, depth + 1)
    if (depth === 0 || !flags.has('s')) call.output.write(`${shown(total)}\t${name}\n`)
    return total
  }
  for (const name of operands.length === 0 ? ['.'] : operands) {
    const node = call.host.files.find(pathOf(call, name), call.state.owner)
    if (node === null) status = fail(call, `cannot access '${name}': No such file or directory`)
    else if (node.kind === 'folder') await measure(node, name, 0)
    else call.output.write(`${shown(await measure(node, name, 0))}\t${name}\n`)
  }
  return status
}

const lsattr: Program = async (call) => {
  const { sources, status } = await readSources(
    call,
    call.args.filter((arg) => !arg.startsWith('-')),
  )
  for (const { name } of sources) call.output.write(`--------------e------- ${name}\n`)
  return status
}

const chattr: Program = (call) => {
  const names = call.args.filter((arg) => !/^[-+=]/.test(arg))
  let status = 0
  for (const name of names)
    if (call.host.files.find(pathOf(call, name), call.state.owner) === null)
      status = fail(call, `No such file or directory while trying to stat ${name}`)
  return status
}

/** Commands on files and folders. */
export const FILE_COMMANDS: Readonly<Record<string, Program>> = {
  basename,
  cat,
  chattr,
  chgrp: chown,
  chmod,
  chown,
  cp,
  dd,
  dirname,
  du,
  file,
  ln,
  ls,
  dir: ls,
  lsattr,
  mkdir,
  mktemp,
  mv,
  readlink,
  realpath: readlink,
  rm,
  rmdir,
  stat,
  tee,
  touch,
  unlink: rm,
}
