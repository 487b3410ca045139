import { toBytes, toText } from './bytes.js'
import type { Node, Owner } from './file-nodes.js'
import { sizeOf } from './file-nodes.js'
import type { FileSystem } from './file-system.js'
import { absolutePath } from './paths.js'

/** What is known of a file without its content. */
export interface FileStatus {
  kind: 'file' | 'folder' | 'link' | 'device'
  /** Permission bits, such as 0o644. */
  mode: number
  uid: number
  gid: number
  /** Bytes. */
  size: number
  modified_ms: number
}

/** The files of a session, for protocols that use them beside the shell (scp, sftp). Paths are absolute, or relative to the shell's folder.
 *  All functions but `exists` throw DecoyFileError, whose `code` is one of the kernel's names, such as `ENOENT` or `ENOSPC`. */
export interface DecoyFileSystem {
  /** Replaces or makes a file. */
  write(path: string, content: Buffer): void
  /** Adds to the end of a file, and makes it if need be. */
  append(path: string, content: Buffer): void
  read(path: string): Buffer
  list(path: string): Array<{ name: string; status: FileStatus }>
  /** Of what a link leads to. */
  stat(path: string): FileStatus
  exists(path: string): boolean
  /** Removes a file, or an empty folder. */
  remove(path: string): void
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  /** @param mode - permission bits, such as 0o755 */
  changeMode(path: string, mode: number): void
  /** The absolute path, without links where it exists. */
  resolve(path: string): string
}

export function createDecoyFiles(
  files: FileSystem,
  who: () => { owner: Owner; folder: string; umask: number },
): DecoyFileSystem {
  const at = (path: string): string => absolutePath(toBytes(path), who().folder)
  const owner = (): Owner => who().owner
  return {
    write(path, content) {
      const node = files.create(at(path), owner(), 0o666 & ~who().umask)
      files.append(node, content)
    },
    append(path, content) {
      files.append(files.open(at(path), owner(), 0o666 & ~who().umask), content)
    },
    read: (path) => Buffer.from(files.read(at(path), owner())),
    list: (path) =>
      files.list(at(path), owner()).map(({ name, node }) => ({ name: toText(name), status: statusOf(node) })),
    stat: (path) => statusOf(files.node(at(path), owner())),
    exists: (path) => files.find(at(path), owner()) !== null,
    remove(path) {
      const node = files.node(at(path), owner(), true)
      if (node.kind === 'folder') files.removeFolder(at(path), owner())
      else files.remove(at(path), owner())
    },
    makeDirectory: (path) => files.makeFolder(at(path), owner(), 0o777 & ~who().umask),
    rename: (from, to) => files.rename(at(from), at(to), owner()),
    changeMode: (path, mode) => files.changeMode(at(path), owner(), mode),
    resolve: (path) =>
      toText(files.find(at(path), owner()) === null ? at(path) : files.realPath(at(path), owner())),
  }
}

function statusOf(node: Node): FileStatus {
  const { kind, mode, uid, gid, modified } = node
  return { kind, mode, uid, gid, size: sizeOf(node), modified_ms: modified }
}
