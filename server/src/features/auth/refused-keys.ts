import { hashOf, shownPrefixOf } from './key-text.js'
import type { Refusals, RefusedKeyStore } from './refused-key-store.js'

/** Remembers which keys were refused on the routes of sensors, so that a sensor that is shut out does not go unnoticed. */
export interface RefusedKeys {
  /** @param address of the client. */
  note(key: string, address: string): void
  /** Writes what was noted. @throws {Error} when it cannot be written; it is kept. */
  flush(): Promise<void>
}

/** Different keys and addresses between two writes; further ones are left out. */
const MAX_NOTED = 200

export function createRefusedKeys(store: Pick<RefusedKeyStore, 'add'>, now: () => number): RefusedKeys {
  const noted = new Map<string, Refusals>()
  return {
    note(key, address) {
      const key_prefix = shownPrefixOf(key)
      const id = `${key_prefix} ${address}`
      const known = noted.get(id)
      if (!known && noted.size >= MAX_NOTED) return
      noted.set(id, {
        key_prefix,
        address,
        key_hash: hashOf(key),
        refusals: (known?.refusals ?? 0) + 1,
        last_at: new Date(now()),
      })
    },
    async flush() {
      if (noted.size === 0) return
      const writing = noted
      await store.add([...writing.values()])
      for (const [id, refusals] of writing) if (noted.get(id) === refusals) noted.delete(id)
    },
  }
}
