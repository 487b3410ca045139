import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidV7 } from 'uuid'
import { writeDurably } from './durable-file.js'

/**
 * Bodies on disk that wait for the server, oldest first. When it is full it takes no more: the oldest are kept, and newer lines stay in
 * their log.
 */
export interface LineSpool {
  /** @returns false where there is no room; otherwise once it is durable. */
  add(body: Buffer): Promise<boolean>
  oldest(): Promise<{ body: Buffer; remove(): Promise<void> } | null>
  /** Bytes that wait. */
  bytes(): number
}

const NAME = /^[0-9a-f-]{36}\.ndjson$/

/** @param maxBytes of all bodies together. */
export async function openLineSpool(directory: string, maxBytes: number): Promise<LineSpool> {
  const waiting: Array<{ path: string; size: number }> = []
  for (const name of (await readdir(directory).catch(() => [])).sort()) {
    const path = join(directory, name)
    if (NAME.test(name)) waiting.push({ path, size: (await stat(path)).size })
  }
  let bytes = waiting.reduce((sum, { size }) => sum + size, 0)

  return {
    async add(body) {
      if (bytes + body.length > maxBytes) return false
      // Ids of version 7 sort by time; those of two processes are never the same.
      const path = join(directory, `${uuidV7()}.ndjson`)
      await writeDurably(path, body)
      waiting.push({ path, size: body.length })
      bytes += body.length
      return true
    },
    async oldest() {
      const [first] = waiting
      if (!first) return null
      return {
        body: await readFile(first.path),
        async remove() {
          await unlink(first.path)
          waiting.shift()
          bytes -= first.size
        },
      }
    },
    bytes: () => bytes,
  }
}
