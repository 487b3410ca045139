import { DecoyFileError, type FolderNode, isAllowed, type Node, type Owner } from './file-nodes.js'

const MAX_NAME = 255
const MAX_PATH = 4_096
const MAX_LINKS = 20

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

/** The folder of a path, the name in it, and how deep that is. */
export interface Place {
  folder: FolderNode
  name: string
  depth: number
}

/** From paths to what they lead to. All throw DecoyFileError. */
export interface Paths {
  /** The node at an absolute path and the path without links; the last link is followed too, unless `keepsLink`. */
  resolve(path: string, owner: Owner, keepsLink?: boolean): { node: Node; names: string[] }
  /** Null where nothing is at the path; what may not be seen is an error. */
  find(path: string, owner: Owner, keepsLink?: boolean): Node | null
  place(path: string, owner: Owner): Place
}

export function createPaths(root: FolderNode): Paths {
  function resolve(path: string, owner: Owner, keepsLink = false): { node: Node; names: string[] } {
    if (path.length > MAX_PATH) throw new DecoyFileError('ENAMETOOLONG')
    let names = pathNames(path)
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const { node, link } = walk(root, names, owner, keepsLink)
      if (link === null) return { node, names }
      const folder = `/${names.slice(0, link.at).join('/')}`
      names = [...pathNames(absolutePath(link.target, folder)), ...names.slice(link.at + 1)]
      if (names.length > MAX_PATH) throw new DecoyFileError('ELOOP')
    }
    throw new DecoyFileError('ELOOP')
  }

  return {
    resolve,
    find(path, owner, keepsLink) {
      try {
        return resolve(path, owner, keepsLink).node
      } catch (error) {
        if (error instanceof DecoyFileError && error.code === 'ENOENT') return null
        throw error
      }
    },
    place(path, owner) {
      const names = pathNames(path)
      const name = names.pop()
      if (name === undefined) throw new DecoyFileError('EBUSY')
      if (name.length > MAX_NAME) throw new DecoyFileError('ENAMETOOLONG')
      const { node, names: real } = resolve(`/${names.join('/')}`, owner)
      if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
      return { folder: node, name, depth: real.length }
    },
  }
}

/** Goes along the names, up to the first link that must be followed. */
function walk(
  root: FolderNode,
  names: readonly string[],
  owner: Owner,
  keepsLink: boolean,
): { node: Node; link: { target: string; at: number } | null } {
  let node: Node = root
  for (const [at, name] of names.entries()) {
    node = enter(node, name, owner)
    if (node.kind === 'link' && !(keepsLink && at === names.length - 1))
      return { node, link: { target: node.target, at } }
  }
  return { node, link: null }
}

function enter(node: Node, name: string, owner: Owner): Node {
  if (node.kind !== 'folder') throw new DecoyFileError('ENOTDIR')
  if (!isAllowed(node, owner, 1)) throw new DecoyFileError('EACCES')
  const next = node.entries.get(name)
  if (next === undefined) throw new DecoyFileError(name.length > MAX_NAME ? 'ENAMETOOLONG' : 'ENOENT')
  return next
}
