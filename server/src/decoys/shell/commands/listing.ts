import type { Node } from '../file-nodes.js'
import { DecoyFileError, sizeOf } from '../file-nodes.js'
import type { Program, ProgramCall } from '../host.js'
import { invalidOption, readOptions } from './arguments.js'
import { pathOf } from './reading.js'
import { shortDate } from './time-format.js'

interface Entry {
  name: string
  node: Node
  path: string
}

const LETTERS = 'abcdfghiklmnopqrstuvwxABCDFGHLNQRSUXZ1'

/** `drwxr-xr-x`. */
export function modeText(node: Node): string {
  const kind = {
    file: '-',
    folder: 'd',
    link: 'l',
    device: node.kind === 'device' && node.isBlock ? 'b' : 'c',
  }[node.kind]
  const bits = [6, 3, 0].map((shift) => {
    const part = (node.mode >> shift) & 7
    const isSpecial = (node.mode & (shift === 6 ? 0o4000 : shift === 3 ? 0o2000 : 0o1000)) !== 0
    const letter = shift === 0 ? 't' : 's'
    const execute = isSpecial
      ? (part & 1) !== 0
        ? letter
        : letter.toUpperCase()
      : (part & 1) !== 0
        ? 'x'
        : '-'
    return ((part & 4) !== 0 ? 'r' : '-') + ((part & 2) !== 0 ? 'w' : '-') + execute
  })
  return kind + bits.join('')
}

/** Name of an account; its number where it has none. */
export function userName({ host }: ProgramCall, uid: number): string {
  return host.accounts.find((account) => account.uid === uid)?.name ?? String(uid)
}

const GROUPS: Readonly<Record<number, string>> = { 4: 'adm', 5: 'tty', 6: 'disk', 42: 'shadow' }

export function groupName({ host }: ProgramCall, gid: number): string {
  return GROUPS[gid] ?? host.accounts.find((account) => account.gid === gid)?.name ?? String(gid)
}

/** Bytes as `-h` shows them: `4.0K`. */
export function humanSize(bytes: number): string {
  if (bytes < 1_024) return String(bytes)
  let value = bytes
  let unit = -1
  while (value >= 1_024 && unit < 4) {
    value /= 1_024
    unit += 1
  }
  const rounded = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value))
  return `${rounded}${'KMGTP'[unit]}`
}

export const ls: Program = async (call) => {
  const options = readOptions(call.args, {
    letters: LETTERS,
    valued: 'ITw',
    long: {
      all: 'a',
      'almost-all': 'A',
      'color=': '!',
      color: '!',
      recursive: 'R',
      'human-readable': 'h',
      help: '?',
      directory: 'd',
    },
  })
  if (options.flags.has('?')) {
    call.output.write(LS_HELP)
    return 0
  }
  if (options.unknown !== null) return invalidOption(call, options.unknown, 2)
  const files: Entry[] = []
  const folders: Entry[] = []
  let status = 0
  for (const name of options.operands.length === 0 ? ['.'] : options.operands) {
    try {
      const keepsLink = options.flags.has('l') || options.flags.has('d')
      const node = call.host.files.node(pathOf(call, name), call.state.owner, keepsLink)
      const isListed = node.kind === 'folder' && !options.flags.has('d')
      ;(isListed ? folders : files).push({ name, node, path: pathOf(call, name) })
    } catch (error) {
      if (!(error instanceof DecoyFileError)) throw error
      call.error.write(`ls: cannot access '${name}': ${error.message}\n`)
      status = 2
    }
  }
  writeEntries(call, options.flags, sorted(files, options.flags), false)
  const hasHeaders = options.operands.length > 1 || options.flags.has('R')
  for (const [index, folder] of sorted(folders, options.flags).entries()) {
    if (index > 0 || files.length > 0) call.output.write('\n')
    status = Math.max(status, await listFolder(call, options.flags, folder, hasHeaders))
  }
  return status
}

async function listFolder(
  call: ProgramCall,
  flags: ReadonlySet<string>,
  folder: Entry,
  hasHeader: boolean,
): Promise<number> {
  if (hasHeader) call.output.write(`${folder.name}:\n`)
  let found: Array<{ name: string; node: Node }>
  try {
    found = call.host.files.list(folder.path, call.state.owner)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    call.error.write(`ls: cannot open directory '${folder.name}': ${error.message}\n`)
    return 2
  }
  call.host.budget.spend(found.length * 64)
  await call.host.budget.turn()
  const entries = sorted(
    found
      .filter(({ name }) => flags.has('a') || flags.has('A') || flags.has('f') || !name.startsWith('.'))
      .map(({ name, node }) => ({ name, node, path: `${folder.path}/${name}` })),
    flags,
  )
  if (flags.has('a') && !flags.has('A')) {
    const parent = call.host.files.find(`${folder.path}/..`, call.state.owner) ?? folder.node
    entries.unshift(
      { name: '.', node: folder.node, path: folder.path },
      { name: '..', node: parent, path: folder.path },
    )
  }
  writeEntries(call, flags, entries, true)
  if (!flags.has('R')) return 0
  let status = 0
  for (const entry of entries) {
    if (entry.node.kind !== 'folder' || entry.name === '.' || entry.name === '..') continue
    call.output.write('\n')
    const name = folder.name === '/' ? `/${entry.name}` : `${folder.name}/${entry.name}`
    status = Math.max(status, await listFolder(call, flags, { ...entry, name }, true))
  }
  return status
}

function sorted(entries: Entry[], flags: ReadonlySet<string>): Entry[] {
  if (flags.has('U') || flags.has('f')) return entries
  // The order of the locale en_US: letters first, without their case.
  const key = (name: string): string => name.replace(/^[.]+/, '').toLowerCase()
  const byName = (a: Entry, b: Entry): number =>
    key(a.name) < key(b.name) ? -1 : key(a.name) > key(b.name) ? 1 : a.name < b.name ? -1 : 1
  const compare = flags.has('t')
    ? (a: Entry, b: Entry) => b.node.modified - a.node.modified || byName(a, b)
    : flags.has('S')
      ? (a: Entry, b: Entry) => sizeOf(b.node) - sizeOf(a.node) || byName(a, b)
      : byName
  const result = entries.sort(compare)
  return flags.has('r') ? result.reverse() : result
}

function writeEntries(
  call: ProgramCall,
  flags: ReadonlySet<string>,
  entries: readonly Entry[],
  isFolder: boolean,
): void {
  if (flags.has('l') || flags.has('n') || flags.has('o') || flags.has('g')) {
    writeLong(call, flags, entries, isFolder)
    return
  }
  const names = entries.map((entry) => displayed(entry, flags))
  if (names.length === 0) return
  if (flags.has('1') || (!call.output.isTerminal && !flags.has('C')))
    call.output.write(`${names.join('\n')}\n`)
  else call.output.write(inColumns(names, 80))
}

function displayed({ name, node }: Entry, flags: ReadonlySet<string>): string {
  const inode = flags.has('i') ? `${inodeOf(node)} ` : ''
  if (!flags.has('F') && !flags.has('p')) return inode + name
  if (node.kind === 'folder') return `${inode}${name}/`
  if (flags.has('p')) return inode + name
  return inode + name + (node.kind === 'link' ? '@' : (node.mode & 0o111) !== 0 ? '*' : '')
}

/** A number of a file that stays the same. */
export function inodeOf(node: Node): number {
  return 131_073 + ((node.modified + sizeOf(node) * 7) % 900_000)
}

/** Names in as few lines as fit, sorted downwards. */
export function inColumns(names: readonly string[], width: number): string {
  for (let rows = 1; rows <= names.length; rows += 1) {
    const columns = Math.ceil(names.length / rows)
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(...names.slice(column * rows, (column + 1) * rows).map((name) => name.length)),
    )
    const total = widths.reduce((sum, each) => sum + each + 2, -2)
    if (total > width && rows < names.length) continue
    let text = ''
    for (let row = 0; row < rows; row += 1) {
      const cells: string[] = []
      for (let column = 0; column * rows + row < names.length; column += 1) {
        const name = names[column * rows + row] as string
        const isLast = (column + 1) * rows + row >= names.length
        cells.push(isLast ? name : name.padEnd((widths[column] as number) + 2))
      }
      text += `${cells.join('')}\n`
    }
    return text
  }
  return ''
}

function writeLong(
  call: ProgramCall,
  flags: ReadonlySet<string>,
  entries: readonly Entry[],
  isFolder: boolean,
): void {
  const isNumeric = flags.has('n')
  const rows = entries.map(({ name, node }) => ({
    mode: modeText(node),
    links: String(
      node.kind === 'folder'
        ? 2 + [...node.entries.values()].filter(({ kind }) => kind === 'folder').length
        : 1,
    ),
    user: isNumeric ? String(node.uid) : userName(call, node.uid),
    group: isNumeric ? String(node.gid) : groupName(call, node.gid),
    size: node.kind === 'device' ? '1,   3' : flags.has('h') ? humanSize(sizeOf(node)) : String(sizeOf(node)),
    date: shortDate(node.modified, call.host.now()),
    name: displayed({ name, node, path: '' }, flags) + (node.kind === 'link' ? ` -> ${node.target}` : ''),
  }))
  const widest = (key: 'links' | 'user' | 'group' | 'size'): number =>
    Math.max(0, ...rows.map((row) => row[key].length))
  const [links, user, group, size] = [widest('links'), widest('user'), widest('group'), widest('size')]
  if (isFolder) {
    const blocks = entries.reduce(
      (sum, { node }) =>
        sum + (node.kind === 'file' ? Math.ceil(sizeOf(node) / 4_096) * 4 : node.kind === 'folder' ? 4 : 0),
      0,
    )
    call.output.write(`total ${flags.has('h') ? humanSize(blocks * 1_024) : blocks}\n`)
  }
  const lines = rows.map(
    (row) =>
      `${row.mode} ${row.links.padStart(links)} ${flags.has('g') ? '' : `${row.user.padEnd(user)} `}${flags.has('o') ? '' : `${row.group.padEnd(group)} `}${row.size.padStart(size)} ${row.date} ${row.name}\n`,
  )
  call.output.write(lines.join(''))
}

const LS_HELP = `Usage: ls [OPTION]... [FILE]...
List information about the FILEs (the current directory by default).
Sort entries alphabetically if none of -cftuvSUX nor --sort is specified.

Mandatory arguments to long options are mandatory for short options too.
  -a, --all                  do not ignore entries starting with .
  -A, --almost-all           do not list implied . and ..
  -d, --directory            list directories themselves, not their contents
  -h, --human-readable       with -l and -s, print sizes like 1K 234M 2G etc.
  -l                         use a long listing format
  -R, --recursive            list subdirectories recursively
  -t                         sort by time, newest first; see --time
      --help        display this help and exit
      --version     output version information and exit

GNU coreutils online help: <https://www.gnu.org/software/coreutils/>
Full documentation <https://www.gnu.org/software/coreutils/ls>
or available locally via: info '(coreutils) ls invocation'
`
