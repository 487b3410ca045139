import { constants } from 'node:fs'
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createSpool, entriesOf, isMissing, PRIVATE_DIRECTORY } from './spool.js'
import { type EvidenceStorage, SHA256 } from './storage.js'

/** Keeps files in a directory: `ab/ab12…`, and what arrives in `partial`. */
export function createDirectoryStorage(directory: string): EvidenceStorage {
  const spool = createSpool(join(directory, 'partial'))
  const pathOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256)

  async function keep(spooled: string, sha256: string): Promise<void> {
    // The file that is replaced has the same bytes; its time is that of the last upload, which keeps the sweep from it.
    await utimes(spooled, new Date(), new Date())
    const path = pathOf(sha256)
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY })
    await rename(spooled, path)
    await syncDirectory(dirname(path))
  }

  return {
    async begin() {
      const { path, write, finish, discard } = await spool.begin()
      return { write, upload: finish, keep: (sha256) => keep(path, sha256), discard }
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
    removePartials: spool.removeOld,
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
