import type { ByteShare } from '../connection/byte-budget.js'
import {
  contentOf,
  DecoyFileError,
  type DeviceNode,
  type FileNode,
  type FolderNode,
  type Inode,
  isAllowed,
  type Node,
  type Owner,
} from './file-nodes.js'
import { createFileUsage, type FileUsage } from './file-usage.js'
import type { ShellLimits } from './limits.js'
import { absolutePath, createPaths, type Paths, type Place, pathNames } from './paths.js'

const MAX_DEPTH = 64

export interface FileSystem extends FileReading, FileWriting, FolderChanges, InodeChanges {
  /** Bytes and nodes that an attacker added. */
  usage(): { bytes: number; files: number }
}

/** A file system in memory over `root`, which it changes. Throws DecoyFileError and nothing else. */
export function createFileSystem(
  root: FolderNode,
  limits: Pick<ShellLimits, 'fileSystemBytes' | 'files' | 'fileBytes'>,
  now: () => number,
  share?: ByteShare,
): FileSystem {
  const paths = createPaths(root)
  const usage = createFileUsage(limits, now, share)
  const parts: Parts = { paths, usage, now }
  return {
    ...createReading(paths),
    ...createWriting(parts),
    ...createFolderChanges(parts),
    ...createInodeChanges(paths),
    usage: usage.totals,
  }
}

interface Parts {
  paths: Paths
  usage: FileUsage
  now: () => number
}

interface FileReading {
  /** The node at an absolute path; links are followed, also the last one unless `keepsLink`. */
  node(path: string, owner: Owner, keepsLink?: boolean): Node
  /** Null where there is none, or where it may not be seen. */
  find(path: string, owner: Owner, keepsLink?: boolean): Node | null
  /** The path without links. */
  realPath(path: string, owner: Owner): string
  read(path: string, owner: Owner): Buffer
  list(path: string, owner: Owner): Array<{ name: string; node: Node }>
}

function createReading({ resolve }: Paths): FileReading {
  return {
    node: (path, owner, keepsLink) => resolve(path, owner, keepsLink).node,
    find(path, owner, keepsLink) {
      try {
        return resolve(path, owner, keepsLink).node
      } catch {
        return null
      }
    },
    realPath: (path, owner) => `/${resolve(path, owner).names.join('/')}`,
    read(path, owner) {
      const { node } = resolve(path, owner)
      if (node.kind === 'folder') throw new DecoyFileError('EISDIR')
      if (!isAllowed(node, owner, 4)) throw new DecoyFileError('EACCES')
      return node.kind === 'file' ? contentOf(node) : Buffer.alloc(0)
    },
    list(path, owner) {
      const { node } = resolve(path, owner)
      if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
      if (!isAllowed(node, owner, 4)) throw new DecoyFileError('EACCES')
      return [...node.entries].map(([name, entry]) => ({ name, node: entry }))
    },
  }
}

interface FileWriting {
  /** Empties or makes a file. */
  create(path: string, owner: Owner, mode: number): FileNode | DeviceNode
  /** Opens a file to write at its end, and makes it if need be. */
  open(path: string, owner: Owner, mode: number): FileNode | DeviceNode
  /** Adds at the end; where there is no room for all, what there is room for, and throws (ENOSPC). */
  append(node: FileNode | DeviceNode, bytes: Buffer): void
}

function createWriting(parts: Parts): FileWriting {
  const { paths, usage, now } = parts

  function open(path: string, owner: Owner, mode: number): FileNode | DeviceNode {
    const present = paths.find(path, owner)
    if (present === null) {
      const content = { content: Buffer.alloc(0), length: 0, shownSize: null }
      const node: FileNode = { ...inode(owner, mode, now()), kind: 'file', ...content }
      // A link to nothing is written through.
      add(parts, linkTarget(path, owner), owner, node)
      return node
    }
    if (present.kind === 'folder') throw new DecoyFileError('EISDIR')
    if (present.kind === 'link' || !isAllowed(present, owner, 2)) throw new DecoyFileError('EACCES')
    return present
  }

  function linkTarget(path: string, owner: Owner): string {
    const node = paths.find(path, owner, true)
    if (node?.kind !== 'link') return path
    return absolutePath(node.target, `/${pathNames(path).slice(0, -1).join('/')}`)
  }

  return {
    open,
    create(path, owner, mode) {
      const node = open(path, owner, mode)
      if (node.kind === 'file') usage.setContent(node, Buffer.alloc(0), 0)
      return node
    },
    append(node, added) {
      if (node.kind === 'device') {
        if (node.behaviour === 'full') throw new DecoyFileError('ENOSPC')
        return
      }
      const start = contentOf(node).length
      const end = Math.min(start + added.length, Math.max(start, usage.largest(node)))
      if (end > start) {
        const content = usage.roomFor(node, end)
        added.copy(content, start, 0, end - start)
        usage.setContent(node, content, end)
      }
      if (end < start + added.length) throw new DecoyFileError('ENOSPC')
    },
  }
}

interface FolderChanges {
  makeFolder(path: string, owner: Owner, mode: number): void
  link(target: string, path: string, owner: Owner): void
  remove(path: string, owner: Owner): void
  removeFolder(path: string, owner: Owner): void
  rename(from: string, to: string, owner: Owner): void
}

function createFolderChanges(parts: Parts): FolderChanges {
  const { paths, usage, now } = parts

  function removable(path: string, owner: Owner): Place & { node: Node } {
    const place = paths.place(path, owner)
    const { folder, name } = place
    const node = folder.entries.get(name)
    if (node === undefined) throw new DecoyFileError('ENOENT')
    if (!isAllowed(folder, owner, 2)) throw new DecoyFileError('EACCES')
    const isSticky = (folder.mode & 0o1000) !== 0
    if (isSticky && owner.uid !== 0 && node.uid !== owner.uid) throw new DecoyFileError('EPERM')
    return { ...place, node }
  }

  function take({ folder, name, node }: ReturnType<typeof removable>): void {
    folder.entries.delete(name)
    folder.modified = now()
    usage.removeNode(node)
  }

  return {
    makeFolder: (path, owner, mode) =>
      add(parts, path, owner, { ...inode(owner, mode, now()), kind: 'folder', entries: new Map() }),
    link: (target, path, owner) =>
      add(parts, path, owner, { ...inode(owner, 0o777, now()), kind: 'link', target }),
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
      const [old, wanted] = [absolutePath(from, '/'), absolutePath(to, '/')]
      if (wanted === old) return
      if (`${wanted}/`.startsWith(`${old}/`)) throw new DecoyFileError('EINVAL')
      const target = paths.place(to, owner)
      if (depthOf(found.node) + target.depth >= MAX_DEPTH) throw new DecoyFileError('ENOSPC')
      const replaced = target.folder.entries.get(target.name)
      if (replaced?.kind === 'folder') throw new DecoyFileError('EEXIST')
      if (!isAllowed(target.folder, owner, 2)) throw new DecoyFileError('EACCES')
      if (replaced !== undefined) usage.removeNode(replaced)
      found.folder.entries.delete(found.name)
      target.folder.entries.set(target.name, found.node)
    },
  }
}

interface InodeChanges {
  changeMode(path: string, owner: Owner, mode: number): void
  changeOwner(path: string, owner: Owner, to: Partial<Owner>): void
  touch(path: string, owner: Owner, modified: number): void
}

function createInodeChanges({ resolve }: Paths): InodeChanges {
  function changeable(path: string, owner: Owner): Node {
    const { node } = resolve(path, owner)
    if (owner.uid !== 0 && node.uid !== owner.uid) throw new DecoyFileError('EPERM')
    return node
  }

  return {
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
  }
}

function inode(owner: Owner, mode: number, modified: number): Inode {
  return { mode, uid: owner.uid, gid: owner.gid, modified, isOwn: true }
}

function add({ paths, usage, now }: Parts, path: string, owner: Owner, node: Node): void {
  const { folder, name, depth } = paths.place(path, owner)
  if (folder.entries.has(name)) throw new DecoyFileError('EEXIST')
  if (!isAllowed(folder, owner, 2)) throw new DecoyFileError('EACCES')
  if (depth >= MAX_DEPTH) throw new DecoyFileError('ENOSPC')
  usage.addNode()
  folder.entries.set(name, node)
  folder.modified = now()
}

function depthOf(node: Node): number {
  if (node.kind !== 'folder') return 1
  return 1 + Math.max(0, ...[...node.entries.values()].map(depthOf))
}
