import type { Readable } from 'node:stream'
import type { StoredEvidence } from '@eviltwin/contract'
import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import { sessionId } from '../../domain/identity.js'
import { canonicalIp } from '../../domain/ip-address.js'
import { InvalidInputError, StorageFullError, TooManyRequestsError } from '../../platform/errors.js'
import { type Arrived, writeArriving } from './arriving-file.js'
import type { EvidenceStorage, Partial } from './storage.js'
import type { EvidenceRows, EvidenceUse, EvidenceWriter } from './writer-store.js'

/** Whose file it is. */
export interface EvidenceOwner {
  /** Empty without a key. */
  key_id: string
  sensor_id: string
  /** The sensor's own key of the session; empty where it is not known. */
  session: string
  name: string
  source_ip: string | undefined
}

export interface EvidenceLimits {
  maxFileBytes: number
  maxBytesPerKey: number
  maxFilesPerKey: number
  maxBytes: number
  /** Longest time between two parts of a file, in milliseconds. */
  idleMs: number
}

export interface EvidenceIntakeOptions {
  storage: EvidenceStorage
  writer: EvidenceWriter
  limits: EvidenceLimits
  sourceOf: SourceOfEvidence
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Takes files from sensors. */
export interface EvidenceIntake {
  /**
   * Keeps a file. The same file again adds where it was seen. @param claimed its SHA-256 as its sender says.
   * @throws {InvalidInputError} where its bytes have another SHA-256. @throws {TooManyRequestsError | StorageFullError | PayloadTooLargeError}
   * beyond the limits; nothing is kept then.
   */
  take(claimed: string, body: Readable, owner: EvidenceOwner): Promise<StoredEvidence>
}

/** Room is made by the retention or by an administrator. */
const RETRY_FULL_SECONDS = 600

export function createEvidenceIntake({
  storage,
  writer,
  limits,
  sourceOf,
  now,
}: EvidenceIntakeOptions): EvidenceIntake {
  async function keep(partial: Partial, arrived: Arrived, owner: EvidenceOwner): Promise<StoredEvidence> {
    const { sha256, bytes, type } = arrived
    const session_id = sessionOf(owner)
    const sighting = { ...owner, session_key: owner.session, session_id }
    const name = sha256.toString('hex')
    const isNew = await writer.withFile(sha256, async (rows) => {
      const time = new Date(now())
      const added = await rows.add({ sha256, bytes, type, key_id: owner.key_id, now: time })
      if (added) await count(rows, owner.key_id, arrived)
      await rows.see(sha256, sighting, time)
      // Last, and before the commit: a row never lacks its bytes, and bytes without a row are swept.
      await partial.keep(name)
      return added
    })
    return { sha256: name, bytes, type, session_id, status: isNew ? 'stored' : 'duplicate' }
  }

  /** Counts a new file for its key, or removes what was uploaded of it: otherwise a key beyond its share would fill the storage. */
  async function count(rows: EvidenceRows, key_id: string, { sha256, bytes }: Arrived): Promise<void> {
    try {
      assertWithin(await rows.use(key_id, bytes), limits)
    } catch (error) {
      await storage.remove(sha256.toString('hex'))
      throw error
    }
  }

  return {
    async take(claimed, body, owner) {
      if ((await sourceOf(owner)) === 'platform') {
        body.resume()
        return { ...NOT_KEPT, sha256: claimed }
      }
      const partial = await storage.begin()
      try {
        const arrived = await writeArriving(body, partial, {
          maxBytes: limits.maxFileBytes,
          idleMs: limits.idleMs,
        })
        const found = arrived.sha256.toString('hex')
        if (found !== claimed) throw mismatch(found)
        // Before the upload, which would be in vain; it decides again when the file is kept.
        const use = await writer.useWith(arrived.sha256, owner.key_id, arrived.bytes)
        if (use) assertWithin(use, limits)
        await partial.upload(found)
        return await keep(partial, arrived, owner)
      } finally {
        await partial.discard()
      }
    },
  }
}

/** What an attack of the platform left is no evidence; it is answered as what is held already. */
const NOT_KEPT = {
  bytes: 0,
  type: 'application/octet-stream',
  session_id: null,
  status: 'duplicate',
} as const

/** @throws {TooManyRequestsError | StorageFullError} beyond the limits. */
function assertWithin({ key_files, key_bytes, total_bytes }: EvidenceUse, limits: EvidenceLimits): void {
  const refuse = (what: string, setting: string): never => {
    throw new TooManyRequestsError(
      `this key holds ${what}, which is its limit (${setting})`,
      RETRY_FULL_SECONDS,
    )
  }
  if (key_files > limits.maxFilesPerKey)
    refuse(`${limits.maxFilesPerKey} files`, 'EVIDENCE_MAX_FILES_PER_KEY')
  if (key_bytes > limits.maxBytesPerKey)
    refuse(`${limits.maxBytesPerKey} bytes of files`, 'EVIDENCE_MAX_BYTES_PER_KEY')
  if (total_bytes > limits.maxBytes)
    throw new StorageFullError('all files together are at their limit (EVIDENCE_MAX_BYTES)')
}

/** Null where its key or the address of the attacker is not known. */
function sessionOf({ sensor_id, session, source_ip }: EvidenceOwner): string | null {
  const address = source_ip === undefined ? null : canonicalIp(source_ip)
  return address === null || session === '' ? null : sessionId(sensor_id, session, address)
}

function mismatch(found: string): InvalidInputError {
  return new InvalidInputError(`the bytes of the body have the SHA-256 ${found}; name the file by it`, [
    { pointer: '/sha256', message: `is ${found}` },
  ])
}
