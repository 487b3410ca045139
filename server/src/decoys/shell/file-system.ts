import type { ShellLimits } from './limits.js'

/** Names of the kernel's errors, and what `strerror` says of them. */
const REASONS = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
  ENOSPC: 'No space left on device',
  ENAMETOOLONG: 'File name too long',
  ELOOP: 'Too many levels of symbolic links',
  EINVAL: 'Invalid argument',
  EBUSY: 'Device or resource busy',
} as const

export type FileErrorCode = keyof typeof REASONS

/** What the kernel would answer. `message` is the text of `strerror`. */
export class DecoyFileError extends Error {
  override name = 'DecoyFileError'
  readonly code: FileErrorCode

  constructor(code: FileErrorCode) {
    super(REASONS[code])
    this.code = code
  }
}

interface Inode {
  mode: number
  uid: number
  gid: number
  /** Milliseconds since 1970. */
  modified: number
  /** An attacker made it or changed it: it counts towards the limits. */
  isOwn: boolean
}

export type Content = Buffer | (() => Buffer)

export interface FileNode extends Inode {
  kind: 'file'
  content: Content
  /** Bytes in use of `content` where it is a buffer. */
  length: number
  /** What `stat` says, where reading gives something else (`/proc`) or is costly. */
  shownSize: number | null
}

export interface FolderNode extends Inode {
  kind: 'folder'
  entries: Map<string, Node>
}

interface LinkNode extends Inode {
  kind: 'link'
  target: string
}

export interface DeviceNode extends Inode {
  kind: 'device'
  /** Reading gives nothing, zeros or random bytes; writing is ignored, or refused as on a full disk. */
  behaviour: 'null' | 'zero' | 'random' | 'full' | 'terminal' | 'disk'
  isBlock: boolean
}

export type Node = FileNode | FolderNode | LinkNode | DeviceNode

/** Who asks. */
export interface Owner {
  uid: number
  gid: number
}

const MAX_DEPTH = 64
const MAX_NAME = 255
const MAX_PATH = 4_096
const MAX_LINKS = 20

export interface FileSystem {
  readonly root: FolderNode
  /** The node at an absolute path; links are followed, also the last one unless `keepsLink`. */
  node(path: string, owner: Owner, keepsLink?: boolean): Node
  /** Null where there is none, or where it may not be seen. */
  find(path: string, owner: Owner, keepsLink?: boolean): Node | null
  /** The path without links. */
  realPath(path: string, owner: Owner): string
  read(path: string, owner: Owner): Buffer
  list(path: string, owner: Owner): Array<{ name: string; node: Node }>
  /** Empties or makes a file. */
  create(path: string, owner: Owner, mode: number): FileNode | DeviceNode
  /** Opens a file to write at its end, and makes it if need be. */
  open(path: string, owner: Owner, mode: number): FileNode | DeviceNode
  append(node: FileNode | DeviceNode, bytes: Buffer): void
  makeFolder(path: string, owner: Owner, mode: number): void
  link(target: string, path: string, owner: Owner): void
  remove(path: string, owner: Owner): void
  removeFolder(path: string, owner: Owner): void
  rename(from: string, to: string, owner: Owner): void
  changeMode(path: string, owner: Owner, mode: number): void
  changeOwner(path: string, owner: Owner, to: Partial<Owner>): void
  touch(path: string, owner: Owner, modified: number): void
  /** Bytes and nodes that an attacker added. */
  usage(): { bytes: number; files: number }
}

/** The names of a path, without `.` and with `..` applied. */
export function pathNames(path: string): string[] {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}

/** An absolute path of what is written relative to a folder. */
export function absolutePath(path: string, folder: string): string {
  return `/${pathNames(path.startsWith('/') ? path : `${folder}/${path}`).join('/')}`
}

export function contentOf(node: FileNode): Buffer {
  return typeof node.content === 'function' ? node.content() : node.content.subarray(0, node.length)
}

export function sizeOf(node: Node): number {
  if (node.kind === 'folder') return 4_096
  if (node.kind === 'link') return node.target.length
  if (node.kind === 'device') return 0
  return node.shownSize ?? contentOf(node).length
}

/** Whether an owner may read (4), write (2) or execute (1). Root may, save execute what nobody may. */
export function isAllowed(node: Inode, owner: Owner, bit: 4 | 2 | 1): boolean {
  if (owner.uid === 0) return bit !== 1 || (node.mode & 0o111) !== 0
  const shift = node.uid === owner.uid ? 6 : node.gid === owner.gid ? 3 : 0
  return ((node.mode >> shift) & bit) !== 0
}

/** A file system in memory over `root`, which it changes. Throws DecoyFileError and nothing else. */
export function createFileSystem(
  root: FolderNode,
  limits: Pick<ShellLimits, 'fileSystemBytes' | 'files' | 'fileBytes'>,
  now: () => number,
): FileSystem {
  let bytes = 0
  let files = 0

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of path resolution
  function resolve(path: string, owner: Owner, keepsLink: boolean): { node: Node; names: string[] } {
    if (path.length > MAX_PATH) throw new DecoyFileError('ENAMETOOLONG')
    let names = pathNames(path)
    let links = 0
    restart: for (;;) {
      let node: Node = root
      for (let at = 0; at < names.length; at += 1) {
        node = enter(node, names[at] as string, owner)
        if (node.kind !== 'link' || (keepsLink && at === names.length - 1)) continue
        links += 1
        if (links > MAX_LINKS) throw new DecoyFileError('ELOOP')
        const folder = `/${names.slice(0, at).join('/')}`
        names = [...pathNames(absolutePath(node.target, folder)), ...names.slice(at + 1)]
        if (names.length > MAX_PATH) throw new DecoyFileError('ELOOP')
        continue restart
      }
      return { node, names }
    }
  }

  function enter(node: Node, name: string, owner: Owner): Node {
    if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
    if (!isAllowed(node, owner, 1)) throw new DecoyFileError('EACCES')
    const next = node.entries.get(name)
    if (next === undefined) throw new DecoyFileError(name.length > MAX_NAME ? 'ENAMETOOLONG' : 'ENOENT')
    return next
  }

  /** The folder of a path and the name in it. */
  function place(path: string, owner: Owner): { folder: FolderNode; name: string; depth: number } {
    const names = pathNames(path)
    const name = names.pop()
    if (name === undefined) throw new DecoyFileError('EBUSY')
    if (name.length > MAX_NAME) throw new DecoyFileError('ENAMETOOLONG')
    const { node, names: real } = resolve(`/${names.join('/')}`, owner, false)
    if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
    return { folder: node, name, depth: real.length }
  }

  function add(path: string, owner: Owner, node: Node): void {
    const { folder, name, depth } = place(path, owner)
    if (folder.entries.has(name)) throw new DecoyFileError('EEXIST')
    if (!isAllowed(folder, owner, 2)) throw new DecoyFileError('EACCES')
    if (files >= limits.files || depth >= MAX_DEPTH) throw new DecoyFileError('ENOSPC')
    files += 1
    folder.entries.set(name, node)
    folder.modified = now()
  }

  function inode(owner: Owner, mode: number): Inode {
    return { mode, uid: owner.uid, gid: owner.gid, modified: now(), isOwn: true }
  }

  function setLength(node: FileNode, length: number): void {
    bytes += length - (node.isOwn && typeof node.content !== 'function' ? node.length : 0)
    node.isOwn = true
    node.length = length
    node.shownSize = null
    node.modified = now()
  }

  function forget(node: Node): void {
    if (!node.isOwn) return
    if (node.kind === 'file') bytes -= node.length
    files = Math.max(0, files - 1)
  }

  function open(path: string, owner: Owner, mode: number): FileNode | DeviceNode {
    const present = findOrNull(path, owner)
    if (present === null) {
      const node: FileNode = {
        ...inode(owner, mode),
        kind: 'file',
        content: Buffer.alloc(0),
        length: 0,
        shownSize: null,
      }
      // A link to nothing is written through.
      add(linkTarget(path, owner), owner, node)
      return node
    }
    if (present.kind === 'folder') throw new DecoyFileError('EISDIR')
    if (present.kind === 'link' || !isAllowed(present, owner, 2)) throw new DecoyFileError('EACCES')
    return present
  }

  function linkTarget(path: string, owner: Owner): string {
    const node = findOrNull(path, owner, true)
    if (node?.kind !== 'link') return path
    const names = pathNames(path)
    return absolutePath(node.target, `/${names.slice(0, -1).join('/')}`)
  }

  function findOrNull(path: string, owner: Owner, keepsLink = false): Node | null {
    try {
      return resolve(path, owner, keepsLink).node
    } catch (error) {
      if (error instanceof DecoyFileError && error.code === 'ENOENT') return null
      throw error
    }
  }

  function writable(node: FileNode, length: number): Buffer {
    if (length > limits.fileBytes) throw new DecoyFileError('ENOSPC')
    const held = node.isOwn && typeof node.content !== 'function' ? node.length : 0
    if (bytes - held + length > limits.fileSystemBytes) throw new DecoyFileError('ENOSPC')
    const current = contentOf(node)
    const whole = typeof node.content === 'function' || !node.isOwn ? Buffer.from(current) : node.content
    if (whole.length >= length) return whole
    const larger = Buffer.alloc(Math.min(limits.fileBytes, Math.max(64, length, whole.length * 2)))
    current.copy(larger)
    return larger
  }

  function changeable(path: string, owner: Owner): Node {
    const node = resolve(path, owner, false).node
    if (owner.uid !== 0 && node.uid !== owner.uid) throw new DecoyFileError('EPERM')
    return node
  }

  function removable(path: string, owner: Owner): { folder: FolderNode; name: string; node: Node } {
    const { folder, name } = place(path, owner)
    const node = folder.entries.get(name)
    if (node === undefined) throw new DecoyFileError('ENOENT')
    if (!isAllowed(folder, owner, 2)) throw new DecoyFileError('EACCES')
    const isSticky = (folder.mode & 0o1000) !== 0
    if (isSticky && owner.uid !== 0 && node.uid !== owner.uid) throw new DecoyFileError('EPERM')
    return { folder, name, node }
  }

  function take({ folder, name, node }: ReturnType<typeof removable>): void {
    folder.entries.delete(name)
    folder.modified = now()
    forget(node)
  }

  return {
    root,
    node: (path, owner, keepsLink = false) => resolve(path, owner, keepsLink).node,
    find(path, owner, keepsLink = false) {
      try {
        return resolve(path, owner, keepsLink).node
      } catch {
        return null
      }
    },
    realPath: (path, owner) => `/${resolve(path, owner, false).names.join('/')}`,
    read(path, owner) {
      const { node } = resolve(path, owner, false)
      if (node.kind === 'folder') throw new DecoyFileError('EISDIR')
      if (!isAllowed(node, owner, 4)) throw new DecoyFileError('EACCES')
      return node.kind === 'file' ? contentOf(node) : Buffer.alloc(0)
    },
    list(path, owner) {
      const { node } = resolve(path, owner, false)
      if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
      if (!isAllowed(node, owner, 4)) throw new DecoyFileError('EACCES')
      return [...node.entries].map(([name, entry]) => ({ name, node: entry }))
    },
    create(path, owner, mode) {
      const node = open(path, owner, mode)
      if (node.kind === 'file') {
        setLength(node, 0)
        node.content = Buffer.alloc(0)
      }
      return node
    },
    open,
    append(node, added) {
      if (node.kind === 'device') {
        if (node.behaviour === 'full') throw new DecoyFileError('ENOSPC')
        return
      }
      const start = contentOf(node).length
      const content = writable(node, start + added.length)
      added.copy(content, start)
      setLength(node, start + added.length)
      node.content = content
    },
    makeFolder: (path, owner, mode) =>
      add(path, owner, { ...inode(owner, mode), kind: 'folder', entries: new Map() }),
    link: (target, path, owner) => add(path, owner, { ...inode(owner, 0o777), kind: 'link', target }),
    remove(path, owner) {
      const found = removable(path, owner)
      if (found.node.kind === 'folder') throw new DecoyFileError('EISDIR')
      take(found)
    },
    removeFolder(path, owner) {
      const found = removable(path, owner)
      if (found.node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
      if (found.node.entries.size > 0) throw new DecoyFileError('ENOTEMPTY')
      take(found)
    },
    rename(from, to, owner) {
      const found = removable(from, owner)
      if (`${absolutePath(to, '/')}/`.startsWith(`${absolutePath(from, '/')}/`)) {
        if (absolutePath(to, '/') === absolutePath(from, '/')) return
        throw new DecoyFileError('EINVAL')
      }
      const target = place(to, owner)
      if (depthOf(found.node) + target.depth >= MAX_DEPTH) throw new DecoyFileError('ENOSPC')
      const replaced = target.folder.entries.get(target.name)
      if (replaced?.kind === 'folder') throw new DecoyFileError('EEXIST')
      if (!isAllowed(target.folder, owner, 2)) throw new DecoyFileError('EACCES')
      if (replaced !== undefined) forget(replaced)
      found.folder.entries.delete(found.name)
      target.folder.entries.set(target.name, found.node)
    },
    changeMode(path, owner, mode) {
      changeable(path, owner).mode = mode & 0o7777
    },
    changeOwner(path, owner, to) {
      const node = changeable(path, owner)
      if (owner.uid !== 0) throw new DecoyFileError('EPERM')
      node.uid = to.uid ?? node.uid
      node.gid = to.gid ?? node.gid
    },
    touch(path, owner, modified) {
      changeable(path, owner).modified = modified
    },
    usage: () => ({ bytes, files }),
  }
}

function depthOf(node: Node): number {
  if (node.kind !== 'folder') return 1
  return 1 + Math.max(0, ...[...node.entries.values()].map(depthOf))
}
