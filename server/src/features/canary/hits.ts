import type { CanaryHit, CanaryHitQuery, CanaryVisit, Page } from '@eviltwin/contract'
import type { CanaryHitStore } from './hit-store.js'
import type { CanaryTokenStore } from './store.js'
import type { TokenPlaces } from './token-places.js'
import { tokenNotFound } from './tokens.js'
import type { RecordedVisit } from './visit.js'

export interface CanaryHitsOptions {
  tokens: Pick<CanaryTokenStore, 'find'>
  store: CanaryHitStore
  places: Pick<TokenPlaces, 'host'>
}

/** Touches of tokens, as people read them. */
export interface CanaryHits {
  /** @throws {NotFoundError} */
  list(id: string, query: CanaryHitQuery): Promise<Page<CanaryHit>>
}

export function createCanaryHits({ tokens, store, places }: CanaryHitsOptions): CanaryHits {
  return {
    async list(id, query) {
      const token = await tokens.find(id)
      if (!token) throw tokenNotFound(id)
      const { items, next_cursor } = await store.hits(token.sensor_id, query)
      const host = places.host(token)
      const hits = items.map((hit) => ({ ...hit, visit: hit.visit && visitOf(hit.visit, host) }))
      return { items: hits, next_cursor }
    },
  }
}

/** Of a lookup, the whole name: its record has only the labels before the token, because sessions are shown to who must not know the token. */
function visitOf({ action: _, protocol, path, ...visit }: RecordedVisit, host: string | null): CanaryVisit {
  const target = protocol === 'dns' ? [path, host ?? 'invalid'].filter(Boolean).join('.') : path
  return { ...visit, target }
}
