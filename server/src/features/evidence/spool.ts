import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, opendir, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { StorageFullError } from '../../platform/errors.js'

/** Files that arrive, on the disk of this process. */
export interface Spool {
  begin(): Promise<SpooledFile>
  /** Removes files to which nothing was written since then. @param before milliseconds since the epoch. */
  removeOld(before: number): Promise<void>
}

/** A file of which nobody else knows. */
export interface SpooledFile {
  path: string
  /** @throws {StorageFullError} for a full disk. */
  write(part: Buffer): Promise<void>
  /** Nothing more is written. Its bytes are durable. */
  finish(): Promise<void>
  /** Removes it, unless it has another name by now. */
  discard(): Promise<void>
}

export const PRIVATE_DIRECTORY = 0o700
/** Neither executable nor readable for others. */
const PRIVATE_FILE = 0o600

/** @param directory it is made when it is needed. */
export function createSpool(directory: string): Spool {
  return {
    async begin() {
      await mkdir(directory, { recursive: true, mode: PRIVATE_DIRECTORY })
      const path = join(directory, randomUUID())
      const handle = await open(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        PRIVATE_FILE,
      )
      let isOpen = true
      async function close(): Promise<void> {
        if (!isOpen) return
        isOpen = false
        await handle.close()
      }
      return {
        path,
        async write(part) {
          await handle.writeFile(part).catch(asStorageFull)
        },
        async finish() {
          if (isOpen) await handle.sync()
          await close()
        },
        async discard() {
          await close()
          await unlink(path).catch(() => {})
        },
      }
    },
    async removeOld(before) {
      for await (const name of entriesOf(directory)) {
        const path = join(directory, name)
        const found = await stat(path).catch(() => null)
        if (found && found.mtimeMs < before) await rm(path, { force: true })
      }
    },
  }
}

/** Names of what a directory has; none where it is missing. */
export async function* entriesOf(directory: string): AsyncGenerator<string, void> {
  try {
    for await (const { name } of await opendir(directory)) yield name
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** @throws {StorageFullError} for a full disk, and whatever else it was. */
function asStorageFull(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    throw new StorageFullError('the disk of DATA_DIR is full; free space, or shorten the retention')
  throw error
}
