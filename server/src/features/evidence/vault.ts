import type { Readable } from 'node:stream'
import type { EvidenceFile, EvidenceQuery, LegalHold, Page } from '@eviltwin/contract'
import { sessionId } from '../../domain/identity.js'
import { ConflictError, NotFoundError } from '../../platform/errors.js'
import type { EvidenceReader } from './reader-store.js'
import type { EvidenceStorage } from './storage.js'
import type { EvidenceWriter } from './writer-store.js'

export interface VaultOptions {
  storage: EvidenceStorage
  writer: EvidenceWriter
  reader: EvidenceReader
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Files that attackers brought: kept, and handed out. */
export interface Vault {
  list(query: EvidenceQuery): Promise<Page<EvidenceFile>>
  /** @throws {NotFoundError} */
  find(sha256: string): Promise<EvidenceFile>
  /** Its bytes. @throws {NotFoundError} */
  open(sha256: string): Promise<Readable>
  /** @throws {NotFoundError} */
  hold(sha256: string, hold: Omit<LegalHold, 'since'> | null): Promise<EvidenceFile>
  /** @throws {NotFoundError} @throws {ConflictError} while a legal hold keeps it. */
  remove(sha256: string): Promise<void>
}

/** Sessions of a sensor that are looked through for one. */
const MAX_UNTIED = 1_000

export function createVault({ storage, writer, reader, now }: VaultOptions): Vault {
  async function find(sha256: string): Promise<EvidenceFile> {
    const file = await reader.find(bytesOf(sha256))
    if (!file)
      throw new NotFoundError(`the file ${sha256} is not held; GET /evidence/files lists those that are`)
    return file
  }

  /** Files that were sent without an address are of the session whose identity its own address gives. */
  async function tie(id: string): Promise<void> {
    const session = await reader.session(id)
    if (!session) return
    const { sensor_id, source_ip } = session
    const keys = await reader.untied(sensor_id, MAX_UNTIED)
    const own = keys.filter((key) => sessionId(sensor_id, key, source_ip) === id)
    if (own.length > 0) await reader.tie(sensor_id, own, id)
  }

  return {
    find,
    async list(query) {
      if (query.session_id !== undefined) await tie(query.session_id)
      return reader.list(query)
    },
    async open(sha256) {
      await find(sha256)
      const content = await storage.read(sha256)
      if (!content)
        throw new NotFoundError(
          `the bytes of ${sha256} are missing from the storage; restore them, or send the file again`,
        )
      return content
    },
    async hold(sha256, hold) {
      const since = new Date(now()).toISOString()
      await writer.hold(bytesOf(sha256), hold && { ...hold, since })
      return find(sha256)
    },
    async remove(sha256) {
      const outcome = await writer.withFile(bytesOf(sha256), async (rows) => {
        const removed = await rows.remove(bytesOf(sha256))
        if (removed === 'removed') await storage.remove(sha256)
        return removed
      })
      if (outcome === 'missing') await find(sha256)
      if (outcome === 'held')
        throw new ConflictError('a legal hold keeps this file; end the hold first, which is audited')
    },
  }
}

function bytesOf(sha256: string): Buffer {
  return Buffer.from(sha256, 'hex')
}
