import type { Packed, PackingStore } from './packing-store.js'

/** Texts of a day are packed once it has been over for so long: whatever was received on it is stored by then. */
const SETTLED_MS = 3_600_000
/** In one turn, 50 MB; the next one goes on. */
const MAX_PACKS = 200

/**
 * Packs texts of the days (UTC) that are over, oldest first, a bounded number in a call. Once a day nothing is left to pack, and a call does
 * nothing.
 * @param isStopping whether to end early.
 * @returns what was packed.
 */
export type PackEndedDays = (isStopping: () => boolean) => Promise<Packed>

/** @param now milliseconds since the epoch. */
export function createPacker({ store, now }: { store: PackingStore; now: () => number }): PackEndedDays {
  let doneBefore = ''
  return async (isStopping) => {
    const day = new Date(now() - SETTLED_MS).toISOString().slice(0, 10)
    const sum: Packed = { blocks: 0, bytes: 0, packed_bytes: 0 }
    if (day === doneBefore) return sum
    for (let packs = 0; packs < MAX_PACKS && !isStopping(); packs += 1) {
      const packed = await store.packOldest(day)
      if (packed === null) {
        doneBefore = day
        break
      }
      sum.blocks += packed.blocks
      sum.bytes += packed.bytes
      sum.packed_bytes += packed.packed_bytes
    }
    return sum
  }
}
