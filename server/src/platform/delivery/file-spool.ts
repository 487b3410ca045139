import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidV7 } from 'uuid'
import { writeDurably } from './durable-file.js'

/** Content on disk that waits for the server, a file each, oldest first. When it is full it takes no more: the oldest is kept. */
export interface FileSpool {
  /** @returns false where there is no room; otherwise once it is durable. */
  add(content: Buffer): Promise<boolean>
  oldest(): Promise<{ content: Buffer; remove(): Promise<void> } | null>
  /** Bytes that wait. */
  bytes(): number
}

/** Their names are kept in memory, some hundred bytes each. */
const MAX_FILES = 200_000

/**
 * Begins with what is there already.
 * @param extension of its files; others in the directory are left alone. @param maxBytes of all of them together. @param maxFiles of them:
 * small ones take more than their bytes.
 */
export async function openFileSpool(
  directory: string,
  extension: string,
  maxBytes: number,
  maxFiles = MAX_FILES,
): Promise<FileSpool> {
  const isOurs = new RegExp(`^[0-9a-f-]{36}\\.${extension}$`)
  const waiting: Array<{ name: string; size: number }> = []
  for (const name of (await readdir(directory).catch(() => [])).sort())
    if (isOurs.test(name)) waiting.push({ name, size: (await stat(join(directory, name))).size })
  let bytes = waiting.reduce((sum, { size }) => sum + size, 0)

  async function removeFirst(size: number, path: string): Promise<void> {
    await unlink(path).catch(ifMissing)
    waiting.shift()
    bytes -= size
  }

  return {
    async add(content) {
      const size = content.length
      if (bytes + size > maxBytes || waiting.length >= maxFiles) return false
      // Before it is written: others ask meanwhile whether there is room.
      bytes += size
      // Ids of version 7 sort by time; those of two processes are never the same.
      const name = `${uuidV7()}.${extension}`
      try {
        await writeDurably(join(directory, name), content)
      } catch (error) {
        bytes -= size
        throw error
      }
      waiting.push({ name, size })
      return true
    },
    async oldest() {
      for (;;) {
        const [first] = waiting
        if (!first) return null
        const { name, size } = first
        const path = join(directory, name)
        const content = await readFile(path).catch(ifMissing)
        if (content) return { content, remove: () => removeFirst(size, path) }
        await removeFirst(size, path)
      }
    },
    bytes: () => bytes,
  }
}

/** A person may have removed it. */
function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
