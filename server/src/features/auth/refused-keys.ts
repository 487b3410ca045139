import type { Publish } from '../../domain/platform-event.js'
import { hashOf, prefixOf } from './key-text.js'
import type { Refusals, RefusedKeyStore } from './refused-key-store.js'

/** Remembers which keys were refused on the routes of sensors, so that a sensor that is shut out does not go unnoticed. */
export interface RefusedKeys {
  /**
   * @param address of the client.
   * @param isRevoked whether the key was one of ours.
   */
  note(key: string, address: string, isRevoked: boolean): void
  /** Writes what was noted. @throws {Error} when it cannot be written; it is kept. */
  flush(): Promise<void>
}

/**
 * Keys and addresses between two writes, of revoked keys and of others each: strangers who try keys leave no less room for a sensor
 * that was shut out. Further ones are counted as dropped.
 */
const MAX_NOTED = 200

type Noted = Map<string, Refusals>

export function createRefusedKeys(
  store: Pick<RefusedKeyStore, 'add'>,
  publish: Publish,
  now: () => number,
): RefusedKeys {
  const revoked: Noted = new Map()
  const others: Noted = new Map()
  const drop = (count: number) => {
    if (count > 0) publish({ kind: 'key_refusals_noted', outcome: 'dropped', count })
  }

  /** Adds to what is noted of a key and address. */
  function add(refusals: Refusals, isRevoked: boolean): void {
    const noted = isRevoked ? revoked : others
    const id = idOf(refusals)
    const known = noted.get(id)
    if (!known && noted.size >= MAX_NOTED) drop(refusals.refusals)
    else noted.set(id, known ? { ...refusals, refusals: known.refusals + refusals.refusals } : refusals)
  }

  return {
    note(key, address, isRevoked) {
      const key_prefix = prefixOf(key).replace(/[^\w-]/g, '?')
      const last_at = new Date(now())
      add({ key_prefix, address, key_hash: hashOf(key), refusals: 1, last_at }, isRevoked)
    },
    async flush() {
      if (revoked.size + others.size === 0) return
      const [writing, writingOthers] = [[...revoked.values()], [...others.values()]]
      // What is refused meanwhile is noted anew.
      revoked.clear()
      others.clear()
      const all = [...writing, ...writingOthers]
      const written = await store.add(all).catch((error: unknown) => {
        for (const refusals of writing) add(refusals, true)
        for (const refusals of writingOthers) add(refusals, false)
        throw error
      })
      const ids = new Set(written.map(idOf))
      const stored = sumOf(all.filter((refusals) => ids.has(idOf(refusals))))
      if (stored > 0) publish({ kind: 'key_refusals_noted', outcome: 'stored', count: stored })
      drop(sumOf(all) - stored)
    },
  }
}

function idOf({ key_prefix, address }: Pick<Refusals, 'key_prefix' | 'address'>): string {
  return `${key_prefix} ${address}`
}

function sumOf(all: readonly Refusals[]): number {
  return all.reduce((sum, { refusals }) => sum + refusals, 0)
}
