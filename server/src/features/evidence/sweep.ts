import type { EvidenceReader } from './reader-store.js'
import type { EvidenceStorage } from './storage.js'
import type { EvidenceWriter } from './writer-store.js'

export interface SweepOptions {
  storage: EvidenceStorage
  writer: EvidenceWriter
  reader: EvidenceReader
  /** How long a file is kept after it was received for the last time. */
  retentionDays: () => Promise<number>
  /** Milliseconds since the epoch. */
  now: () => number
}

/** What a sweep removed. */
export interface Swept {
  /** Files whose time is over. */
  expired: number
  /** Bytes in the storage that no row is about, as a crash between the two leaves. */
  orphans: number
}

const DAY_MS = 86_400_000
/** Uploads take less. */
const UNFINISHED_MS = 3_600_000
const BATCH = 500

/** Removes files whose retention is over and that no legal hold keeps, and what uploads left behind that did not end. */
export async function sweep(options: SweepOptions): Promise<Swept> {
  await options.storage.removePartials(options.now() - UNFINISHED_MS)
  return { expired: await removeExpired(options), orphans: await removeOrphans(options) }
}

async function removeExpired({ storage, writer, retentionDays, now }: SweepOptions): Promise<number> {
  const before = new Date(now() - (await retentionDays()) * DAY_MS)
  let removed = 0
  for (;;) {
    const expired = await writer.expired(before, BATCH)
    let ofBatch = 0
    for (const sha256 of expired) {
      const outcome = await writer.withFile(sha256, async (rows) => {
        const result = await rows.remove(sha256, before)
        if (result === 'removed') await storage.remove(sha256.toString('hex'))
        return result
      })
      ofBatch += Number(outcome === 'removed')
    }
    removed += ofBatch
    // Those that were sent again or held meanwhile would be found for ever.
    if (expired.length < BATCH || ofBatch === 0) return removed
  }
}

async function removeOrphans({ storage, writer, reader, now }: SweepOptions): Promise<number> {
  let removed = 0
  let batch: Buffer[] = []
  const check = async () => {
    const known = new Set((await reader.known(batch)).map((sha256) => sha256.toString('hex')))
    for (const sha256 of batch) {
      if (known.has(sha256.toString('hex'))) continue
      // Under the lock of uploads: one may have written its row meanwhile.
      await writer.withFile(sha256, async (rows) => {
        if (await rows.exists(sha256)) return
        await storage.remove(sha256.toString('hex'))
        removed += 1
      })
    }
    batch = []
  }
  for await (const { sha256, modified_ms } of storage.list()) {
    if (modified_ms >= now() - UNFINISHED_MS) continue
    batch.push(Buffer.from(sha256, 'hex'))
    if (batch.length === BATCH) await check()
  }
  await check()
  return removed
}
