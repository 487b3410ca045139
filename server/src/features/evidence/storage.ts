import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, opendir, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { StorageFullError } from '../../platform/errors.js'

/** A file that arrives. Nothing of it is kept unless it is kept expressly. */
export interface Partial {
  write(part: Buffer): Promise<void>
  /** Makes it durable under its name. Whoever has that name already has the same bytes. */
  keep(sha256: string): Promise<void>
  discard(): Promise<void>
}

/** The bytes of files, by SHA-256 in hexadecimal. Nothing here is ever executed, and no name is an attacker's. */
export interface EvidenceStorage {
  begin(): Promise<Partial>
  /** Null where there is none. */
  read(sha256: string): Promise<Readable | null>
  /** Does no harm where there is none. */
  remove(sha256: string): Promise<void>
  /** Every file, with the time it was written or sent again, in milliseconds since the epoch. */
  list(): AsyncGenerator<{ sha256: string; modified_ms: number }, void>
  /** Removes what uploads left behind that ended without an end. @param before milliseconds since the epoch. */
  removePartials(before: number): Promise<void>
}

const PRIVATE_DIRECTORY = 0o700
/** Neither executable nor readable for others. */
const PRIVATE_FILE = 0o600
const SHA256 = /^[0-9a-f]{64}$/

/** Keeps files in a directory: `ab/ab12…`, and what arrives in `partial`. */
export function createDirectoryStorage(directory: string): EvidenceStorage {
  const partials = join(directory, 'partial')
  const pathOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256)

  async function keep(partial: string, sha256: string): Promise<void> {
    const path = pathOf(sha256)
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY })
    await rename(partial, path)
    await syncDirectory(dirname(path))
  }

  return {
    async begin() {
      await mkdir(partials, { recursive: true, mode: PRIVATE_DIRECTORY })
      const path = join(partials, randomUUID())
      const handle = await open(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        PRIVATE_FILE,
      )
      return partialOf(handle, path, keep)
    },
    async read(sha256) {
      try {
        const handle = await open(pathOf(sha256), constants.O_RDONLY | constants.O_NOFOLLOW)
        return handle.createReadStream()
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
    async *list() {
      for await (const folder of entriesOf(directory)) {
        if (!/^[0-9a-f]{2}$/.test(folder)) continue
        for await (const name of entriesOf(join(directory, folder))) {
          const found = SHA256.test(name) ? await stat(join(directory, folder, name)).catch(() => null) : null
          if (found) yield { sha256: name, modified_ms: found.mtimeMs }
        }
      }
    },
    async removePartials(before) {
      for await (const name of entriesOf(partials)) {
        const path = join(partials, name)
        const found = await stat(path).catch(() => null)
        if (found && found.mtimeMs < before) await rm(path, { force: true })
      }
    },
  }
}

function partialOf(
  handle: FileHandle,
  path: string,
  keep: (partial: string, sha256: string) => Promise<void>,
): Partial {
  let isOpen = true
  async function close(): Promise<void> {
    if (!isOpen) return
    isOpen = false
    await handle.close()
  }
  return {
    async write(part) {
      await handle.writeFile(part).catch(asStorageFull)
    },
    async keep(sha256) {
      await handle.sync()
      await close()
      // The file that is replaced has the same bytes; its time is that of the last upload, which keeps the sweep from it.
      await utimes(path, new Date(), new Date())
      await keep(path, sha256)
    },
    async discard() {
      await close()
      await unlink(path).catch(() => {})
    },
  }
}

async function* entriesOf(directory: string): AsyncGenerator<string, void> {
  try {
    for await (const { name } of await opendir(directory)) yield name
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** A file's name is durable once its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** @throws {StorageFullError} for a full disk, and whatever else it was. */
function asStorageFull(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    throw new StorageFullError('the disk of DATA_DIR is full; free space, or shorten the retention')
  throw error
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
