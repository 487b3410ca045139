import type { Content, DeviceNode, FileNode, FolderNode, Node, Owner } from './file-nodes.js'
import { pathNames } from './paths.js'

const ROOT: Owner = { uid: 0, gid: 0 }

/** Builds a tree of files. */
export interface Tree {
  folder(path: string, mode?: number, owner?: Owner): FolderNode
  file(
    path: string,
    content: string | Content,
    options?: { mode?: number; owner?: Owner; size?: number },
  ): void
  link(path: string, target: string): void
  device(path: string, behaviour: DeviceNode['behaviour'], mode?: number): void
  root: FolderNode
}

/** @param installed when its files were changed for the last time: milliseconds since 1970. */
export function createTree(installed: number): Tree {
  const inode = (mode: number, owner: Owner) => ({ mode, ...owner, modified: installed, isOwn: false })
  const root: FolderNode = { ...inode(0o755, ROOT), kind: 'folder', entries: new Map() }
  function folder(path: string, mode = 0o755, owner = ROOT): FolderNode {
    let node = root
    for (const name of pathNames(path)) {
      let next = node.entries.get(name)
      if (next?.kind !== 'folder') {
        next = { ...inode(mode, owner), kind: 'folder', entries: new Map() }
        node.entries.set(name, next)
      }
      node = next
    }
    return node
  }
  function put(path: string, node: Node): void {
    const names = pathNames(path)
    const name = names.pop() as string
    folder(names.join('/')).entries.set(name, node)
  }
  return {
    root,
    folder,
    file(path, content, { mode = 0o644, owner = ROOT, size } = {}) {
      const given = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
      const length = typeof given === 'function' ? 0 : given.length
      const node: FileNode = {
        ...inode(mode, owner),
        kind: 'file',
        content: given,
        length,
        shownSize: size ?? null,
      }
      put(path, node)
    },
    link: (path, target) => put(path, { ...inode(0o777, ROOT), kind: 'link', target }),
    device: (path, behaviour, mode = 0o666) =>
      put(path, { ...inode(mode, ROOT), kind: 'device', behaviour, isBlock: behaviour === 'disk' }),
  }
}
