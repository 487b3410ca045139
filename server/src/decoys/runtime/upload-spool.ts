import { z } from 'zod'
import { openFileSpool } from '../../platform/delivery/file-spool.js'

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

const NEWLINE = 0x0a

/**
 * A file each: its destination as a line of JSON, and the content. Whatever the content is, it is never executed, and its name is ours.
 * @param maxBytes of all of them together.
 */
export async function openUploadSpool(directory: string, maxBytes: number): Promise<UploadSpool> {
  const files = await openFileSpool(directory, 'upload', maxBytes)
  return {
    add: ({ content, ...destination }) =>
      files.add(Buffer.concat([Buffer.from(`${JSON.stringify(destination)}\n`), content])),
    async oldest() {
      for (;;) {
        const first = await files.oldest()
        if (first === null) return null
        const upload = uploadIn(first.content)
        if (upload) return { upload, remove: first.remove }
        await first.remove()
      }
    },
    bytes: files.bytes,
  }
}

/** Null for a file that none of our processes wrote. */
function uploadIn(file: Buffer): Upload | null {
  const end = file.indexOf(NEWLINE)
  try {
    const destination = Destination.parse(JSON.parse(file.subarray(0, end).toString('utf8')))
    return { ...destination, content: file.subarray(end + 1) }
  } catch {
    return null
  }
}
