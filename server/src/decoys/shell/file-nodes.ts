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

/** What all nodes have. */
export interface Inode {
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
