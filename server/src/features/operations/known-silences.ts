import type { OpsSilence } from '@eviltwin/contract'
import type { OpsRule } from './rules.js'
import type { SilenceStore } from './silence-store.js'
import { isSilenced } from './suppression.js'

/** The silences as last read: they hold while the database is away, too. */
export interface KnownSilences {
  /** Reads them again. Rejects when the store cannot be read; those that were known stay. */
  refresh(): Promise<void>
  isSilenced(rule: OpsRule, at: number): boolean
}

export function createKnownSilences(store: Pick<SilenceStore, 'silences'>, now: () => number): KnownSilences {
  let known: readonly OpsSilence[] = []
  let begun = 0
  let latest = 0
  return {
    async refresh() {
      begun += 1
      const turn = begun
      const read = await store.silences(new Date(now()))
      // A read that began earlier may end later.
      if (turn < latest) return
      latest = turn
      known = read
    },
    isSilenced: (rule, at) => isSilenced(rule, known, at),
  }
}
