import type { ByteShare } from '../connection/byte-budget.js'
import { contentOf, DecoyFileError, type FileNode, type Node } from './file-nodes.js'
import type { ShellLimits } from './limits.js'

/** What an attacker added to the files, within its limits. */
export interface FileUsage {
  /** A node is added. Throws DecoyFileError (ENOSPC) where there are as many as there may be. */
  addNode(): void
  /** A node is gone. */
  removeNode(node: Node): void
  /** The largest length that the content of a file may have now. */
  largest(node: FileNode): number
  /** Room for a content of this length, which is none above `largest`: the buffer of the file, or a larger copy. */
  roomFor(node: FileNode, length: number): Buffer
  /** The file has this content now. */
  setContent(node: FileNode, content: Buffer, length: number): void
  totals(): { bytes: number; files: number }
}

/** @param share of what all connections may hold; without it the limits are those of the session alone. */
export function createFileUsage(
  limits: Pick<ShellLimits, 'fileSystemBytes' | 'files' | 'fileBytes'>,
  now: () => number,
  share?: ByteShare,
): FileUsage {
  let bytes = 0
  let files = 0
  /** Bytes of a file that count. */
  const held = (node: FileNode): number =>
    node.isOwn && typeof node.content !== 'function' ? node.length : 0
  const room = (): number =>
    Math.min(limits.fileSystemBytes - bytes, share?.left() ?? Number.POSITIVE_INFINITY)

  function count(added: number): void {
    bytes += added
    if (added > 0) share?.take(added)
    else share?.give(-added)
  }

  return {
    addNode() {
      if (files >= limits.files) throw new DecoyFileError('ENOSPC')
      files += 1
    },
    removeNode(node) {
      if (!node.isOwn) return
      if (node.kind === 'file') count(-held(node))
      files = Math.max(0, files - 1)
    },
    largest: (node) => Math.max(0, Math.min(limits.fileBytes, room() + held(node))),
    roomFor(node, length) {
      const current = contentOf(node)
      const whole = typeof node.content === 'function' || !node.isOwn ? Buffer.from(current) : node.content
      if (whole.length >= length) return whole
      const larger = Buffer.alloc(Math.min(limits.fileBytes, Math.max(64, length, whole.length * 2)))
      current.copy(larger)
      return larger
    },
    setContent(node, content, length) {
      count(length - held(node))
      node.isOwn = true
      node.content = content
      node.length = length
      node.shownSize = null
      node.modified = now()
    },
    totals: () => ({ bytes, files }),
  }
}
