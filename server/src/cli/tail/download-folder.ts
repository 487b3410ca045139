import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of the folder. */
export interface FolderFile {
  path: string
  /** What changes when the file, or who may read it, does. */
  identity: string
  /** Bytes. */
  size: number
  mtimeMs: number
}

/** Entries of the folder that one look takes. */
export const MAX_ENTRIES = 20_000
/** What sensors call a file that they still write: Cowrie `tmp...`, others a dot or an ending. */
const UNFINISHED = /^(?:\.|tmp)|\.(?:part|partial|tmp)$/

/** Regular files that nobody writes any more by their names: no links, at most {@link MAX_ENTRIES}. @throws {Error} */
export async function filesIn(directory: string): Promise<FolderFile[]> {
  const files: FolderFile[] = []
  for await (const entry of await opendir(directory)) {
    if (!entry.isFile() || UNFINISHED.test(entry.name)) continue
    const path = join(directory, entry.name)
    const found = await lstat(path).catch(() => null)
    if (!found?.isFile()) continue
    const { ino, size, mtimeMs, ctimeMs } = found
    files.push({ path, identity: `${entry.name} ${ino} ${size} ${ctimeMs}`, size, mtimeMs })
    if (files.length === MAX_ENTRIES) break
  }
  return files
}

/** SHA-256 of a file that is no link; null where it cannot be read or is larger. */
export async function hashOf(path: string, maxBytes: number): Promise<string | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null)
  if (!handle) return null
  try {
    if (!(await handle.stat()).isFile()) return null
    const hash = createHash('sha256')
    let size = 0
    for await (const part of handle.createReadStream({ autoClose: false })) {
      size += (part as Buffer).length
      if (size > maxBytes) return null
      hash.update(part as Buffer)
    }
    return hash.digest('hex')
  } catch {
    return null
  } finally {
    await handle.close()
  }
}
