import { posix } from 'node:path'
import type { ByteShare } from '../connection/byte-budget.js'
import type { DecoySession } from '../decoy.js'
import type { DecoyFileSystem } from '../shell/index.js'

/** Files that a client sends, in whatever order of their bytes. */
export interface Uploads {
  /**
   * @param action what records name it, such as `sftp.upload`. @param before what the file has already, where its end is sent alone.
   * @returns null when too many are open, or there is no room.
   */
  open(path: string, action: string, before?: Buffer): Upload | null
}

export interface Upload {
  /** @returns false where there is no room. */
  write(offset: number, bytes: Buffer): boolean
  /** Bytes so far. */
  size(): number
  /** Records and keeps the file, and puts it into the file system of the session. */
  close(): void
}

export interface UploadsOptions {
  session: DecoySession
  files: DecoyFileSystem
  share: ByteShare
}

const MAX_OPEN = 16
const MAX_FILE_BYTES = 16 * 1024 * 1024
const FIRST_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

export function createUploads({ session, files, share }: UploadsOptions): Uploads {
  let open = 0

  function keep(path: string, content: Buffer, action: string, isComplete: boolean): void {
    const name = posix.basename(path)
    const file_sha256 = session.keepFile({ name, content })
    session.record({
      event_type: 'file_upload',
      action,
      outcome: 'success',
      file_sha256,
      message: path,
      details: { bytes: content.length, complete: isComplete },
    })
    try {
      files.write(path, content)
    } catch {
      // Its place in the file system is for show: what was sent is kept above.
    }
  }

  return {
    open(path, action, before = NOTHING) {
      if (open >= MAX_OPEN || !share.take(before.length)) return null
      open += 1
      let buffer = before
      let size = before.length
      let isComplete = true
      let isClosed = false
      return {
        write(offset, bytes) {
          const end = offset + bytes.length
          if (end > buffer.length) {
            const wanted = Math.min(MAX_FILE_BYTES, Math.max(end, FIRST_BYTES, buffer.length * 2))
            if (end > MAX_FILE_BYTES || !share.take(wanted - buffer.length)) {
              isComplete = false
              return false
            }
            const larger = Buffer.alloc(wanted)
            buffer.copy(larger, 0, 0, size)
            buffer = larger
          }
          bytes.copy(buffer, offset)
          size = Math.max(size, end)
          return true
        },
        size: () => size,
        close() {
          if (isClosed) return
          isClosed = true
          open -= 1
          keep(path, buffer.subarray(0, size), action, isComplete)
        },
      }
    },
  }
}
