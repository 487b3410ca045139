import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidV7 } from 'uuid'
import { z } from 'zod'
import { writeDurably } from '../../platform/delivery/durable-file.js'

/** Where an upload goes: the path and query of a PUT request, and its content type. */
const Destination = z.object({ path: z.string().startsWith('/'), type: z.string() })
export type Destination = z.infer<typeof Destination>

/** Something for the evidence vault. */
export interface Upload extends Destination {
  content: Buffer
}

/** Uploads on disk that wait for the server, oldest first. When it is full it takes no more. */
export interface UploadSpool {
  /** @returns false where there is no room; otherwise once it is durable. */
  add(upload: Upload): Promise<boolean>
  oldest(): Promise<{ upload: Upload; remove(): Promise<void> } | null>
  /** Bytes that wait. */
  bytes(): number
}

const NAME = /^[0-9a-f-]{36}\.upload$/
const NEWLINE = 0x0a

/**
 * A file each: its destination as a line of JSON, and the content. Whatever the content is, it is never executed, and its name is ours.
 * @param maxBytes of all of them together.
 */
export async function openUploadSpool(directory: string, maxBytes: number): Promise<UploadSpool> {
  const waiting: Array<{ path: string; size: number }> = []
  for (const name of (await readdir(directory).catch(() => [])).sort()) {
    const path = join(directory, name)
    if (NAME.test(name)) waiting.push({ path, size: (await stat(path)).size })
  }
  let bytes = waiting.reduce((sum, { size }) => sum + size, 0)

  async function removeFirst(size: number, path: string): Promise<void> {
    await unlink(path).catch(ifMissing)
    waiting.shift()
    bytes -= size
  }

  return {
    async add({ content, ...destination }) {
      const head = Buffer.from(`${JSON.stringify(destination)}\n`)
      const size = head.length + content.length
      if (bytes + size > maxBytes) return false
      // Before it is written: others ask meanwhile whether there is room.
      bytes += size
      const path = join(directory, `${uuidV7()}.upload`)
      try {
        await writeDurably(path, Buffer.concat([head, content]))
      } catch (error) {
        bytes -= size
        throw error
      }
      waiting.push({ path, size })
      return true
    },
    async oldest() {
      for (;;) {
        const [first] = waiting
        if (!first) return null
        const upload = uploadIn(await readFile(first.path).catch(ifMissing))
        if (upload) return { upload, remove: () => removeFirst(first.size, first.path) }
        await removeFirst(first.size, first.path)
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

/** Null for a file that none of our processes wrote. */
function uploadIn(file: Buffer | null): Upload | null {
  if (file === null) return null
  const end = file.indexOf(NEWLINE)
  try {
    const destination = Destination.parse(JSON.parse(file.subarray(0, end).toString('utf8')))
    return { ...destination, content: file.subarray(end + 1) }
  } catch {
    return null
  }
}
