import type { CanaryTokenStore, EnabledCanaryToken } from './store.js'

/** The tokens that are on, in memory: strangers who try paths cost no statement each. */
export interface KnownTokens {
  /** @param token_hash in hexadecimal. @throws {Error} when the tokens were never read, and cannot be. */
  find(token_hash: string): Promise<EnabledCanaryToken | null>
  /** Reads them again before the next answer. */
  forget(): void
}

/** A token that is made or switched off elsewhere is on or off here this soon. */
const FRESH_MS = 5_000

/**
 * Reads the tokens at most once in five seconds, however many ask. While they cannot be read, those that were read last are known: what
 * a visitor is answered must not depend on the database.
 * @param now milliseconds since the epoch.
 */
export function createKnownTokens(store: Pick<CanaryTokenStore, 'enabled'>, now: () => number): KnownTokens {
  let known: ReadonlyMap<string, EnabledCanaryToken> | null = null
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null
  let version = 0

  async function read(): Promise<void> {
    const [startedAt, ofVersion] = [now(), version]
    const tokens = await store.enabled().catch((error: unknown) => {
      if (!known) throw error
      return null
    })
    // What was read before a change is not known afterwards.
    if (ofVersion !== version) return
    readAt = startedAt
    if (tokens) known = new Map(tokens.map((token) => [token.token_hash, token]))
  }

  function readTogether(): Promise<void> {
    if (reading) return reading
    const own = read().finally(() => {
      if (reading === own) reading = null
    })
    reading = own
    return own
  }

  return {
    async find(token_hash) {
      if (now() - readAt >= FRESH_MS) await readTogether()
      return known?.get(token_hash) ?? null
    },
    forget() {
      version += 1
      readAt = Number.NEGATIVE_INFINITY
      reading = null
    },
  }
}
