import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { EvidenceStorageUnavailableError } from '../../../platform/errors.js'
import type { Spool, SpooledFile } from '../spool.js'
import { type EvidenceStorage, type Partial, SHA256 } from '../storage.js'
import type { S3Client } from './s3-client.js'
import { S3Error } from './s3-error.js'

/** Of the keys of all files: the bucket may have other objects. */
export const PREFIX = 'evidence/'
const PAGE = 1_000
/** What was removed between upload and keeping is there when it is sent again. */
const RETRY_SECONDS = 1
/** A storage that fails is given time. */
const RETRY_UNAVAILABLE_SECONDS = 30

/**
 * Keeps files as objects `evidence/<sha256>` of a bucket. A file that arrives is spooled on the disk of this process until its hash is known;
 * of its bytes, a part at a time is in memory.
 */
export function createS3Storage(client: S3Client, spool: Spool): EvidenceStorage {
  const keyOf = (sha256: string) => `${PREFIX}${sha256}`

  return {
    begin: async () => partialOf(await spool.begin(), client, keyOf),
    async read(sha256) {
      const content = await client.get(keyOf(sha256)).catch(asUnavailable)
      return content && checked(content, sha256)
    },
    remove: (sha256) => client.remove(keyOf(sha256)).catch(asUnavailable),
    async *list() {
      let after: string | null = null
      do {
        const page: Awaited<ReturnType<S3Client['list']>> = await client
          .list(PREFIX, after, PAGE)
          .catch(asUnavailable)
        for (const { key, modified_ms } of page.objects) {
          const sha256 = key.slice(PREFIX.length)
          if (SHA256.test(sha256)) yield { sha256, modified_ms }
        }
        // A server that does not go on would be asked for ever.
        after = page.after === after ? null : page.after
      } while (after !== null)
    },
    removePartials: spool.removeOld,
  }
}

function partialOf(file: SpooledFile, client: S3Client, keyOf: (sha256: string) => string): Partial {
  let bytes = 0
  return {
    async write(part) {
      bytes += part.length
      await file.write(part)
    },
    async upload(sha256) {
      await file.finish()
      // The same file comes from many attackers. An object of this name and size had this hash when it was put.
      const size = await client.size(keyOf(sha256)).catch(asUnavailable)
      if (size !== bytes)
        await client.put(keyOf(sha256), { path: file.path, bytes, sha256 }).catch(asUnavailable)
    },
    async keep(sha256) {
      const size = await client.size(keyOf(sha256)).catch(asUnavailable)
      if (size === bytes) return
      throw new EvidenceStorageUnavailableError(
        'the S3 storage does not have the file that was put there; send it again',
        RETRY_SECONDS,
      )
    },
    discard: file.discard,
  }
}

/** Passes bytes on, and fails at their end where they have another SHA-256. */
function checked(content: Readable, sha256: string): Readable {
  const hash = createHash('sha256')
  const check = new Transform({
    transform(part: Buffer, _encoding, done) {
      hash.update(part)
      done(null, part)
    },
    flush(done) {
      const isSame = hash.digest('hex') === sha256
      done(isSame ? null : new Error(`the S3 storage has other bytes than those of ${sha256}`))
    },
  })
  content.once('error', (error) => check.destroy(error))
  check.once('close', () => content.destroy())
  return content.pipe(check)
}

/** @throws {EvidenceStorageUnavailableError} for what the storage failed at, and everything else as it is. */
function asUnavailable(error: unknown): never {
  if (!(error instanceof S3Error)) throw error
  throw new EvidenceStorageUnavailableError(
    `the S3 storage of evidence is not available: ${error.message}`,
    RETRY_UNAVAILABLE_SECONDS,
    { cause: error },
  )
}
