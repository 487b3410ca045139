import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** More than the server takes by default. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

/**
 * A regular file, read as it is now: no link is followed, so that whoever can write into the directory gets no other file sent.
 * @returns its bytes, or why it is not sent.
 */
export async function readTtylog(path: string): Promise<Buffer | string> {
  // A pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    const file = await open(path, flags)
    try {
      const about = await file.stat()
      if (!about.isFile()) return 'it is no regular file'
      if (about.size > MAX_FILE_BYTES) return `it is larger than ${MAX_FILE_BYTES} bytes`
      const content = Buffer.alloc(about.size)
      const { bytesRead } = await file.read(content, 0, about.size, 0)
      return content.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ELOOP' ? 'it is a symbolic link' : message
  }
}
