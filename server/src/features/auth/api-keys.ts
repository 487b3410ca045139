import { randomBytes } from 'node:crypto'
import type { ApiKey, CreatedApiKey, KeyBindingChange, NewApiKey } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import { v7 as uuidV7 } from 'uuid'
import type { KeyBinding } from '../../domain/key-binding.js'
import type { Publish } from '../../domain/platform-event.js'
import { ConflictError, InvalidInputError, NotFoundError, UnauthorizedError } from '../../platform/errors.js'
import type { ApiKeyStore, KeyIdentity } from './api-key-store.js'
import { hashOf, prefixOf } from './key-text.js'

export interface ApiKeys {
  list(): Promise<ApiKey[]>
  /** @throws {NotFoundError} */
  find(id: string): Promise<ApiKey>
  /** Makes a key; its text is in the answer and nowhere else. */
  create(request: NewApiKey): Promise<CreatedApiKey>
  /** Stores a key that the operator chose, a collector for any sensor. @returns false when it was there already. */
  adopt(key: string, name: string): Promise<boolean>
  /** Stores a key that the platform chose for one sensor. @returns false when it was there already. */
  adoptBound(key: string, name: string, sensor_id: string): Promise<boolean>
  /**
   * Binds a key to something else; other replicas follow within 5 s.
   * @throws {NotFoundError} @throws {InvalidInputError} for a key that sends no events. @throws {ConflictError} for one that was revoked.
   */
  rebind(id: string, change: KeyBindingChange): Promise<ApiKey>
  /**
   * Binds a key to the sensor of its first record, where it is bound to none: asked of the store, so that of several replicas one does.
   * @returns what it is bound to now; `refused` where another valid key is bound to that sensor, in whatever case.
   * @throws {UnauthorizedError} when it was revoked. @throws {ConflictError} while others keep changing it; the sender tries again.
   */
  bindFirst(id: string, sensor_id: string): Promise<KeyBinding>
  /** What keys are bound to now, by the ids of those that are there. */
  bindings(ids: readonly string[]): Promise<ReadonlyMap<string, KeyBinding>>
  /** @throws {NotFoundError} */
  revoke(id: string): Promise<ApiKey>
  /** Whose key this is; undefined for one that is unknown or revoked. Revocation by another replica takes 5 s. */
  identify(key: string): Promise<KeyIdentity | undefined>
  /** The same from memory alone; undefined also for a key that was not used in the last 5 s. */
  remembered(key: string): KeyIdentity | undefined
  /** Whether a key that was identified a moment ago is one of ours that was revoked. */
  isRevoked(key: string): boolean
  /** Whose key this was the last time that the store said so, for a request whose key cannot be looked up now. */
  lastKnown(key: string): KeyIdentity | undefined
  /** Reads which keys are valid, so that `lastKnown` also answers for keys that this process was not sent yet. */
  refreshKnown(): Promise<void>
  /** Writes down when keys were last used. */
  flushUse(): Promise<void>
}

/** A request costs no query while its key is fresh in memory; a revoked key lives on for as long on other replicas. */
const CACHE_MS = 5_000
const CACHE_KEYS = 1_000
/** Attempts at the first binding of a key that others change meanwhile. */
const BIND_ATTEMPTS = 3

/** What a key turned out to be. */
type Known = KeyIdentity | 'revoked' | 'unknown'

export function createApiKeys(store: ApiKeyStore, now: () => number, publish: Publish = () => {}): ApiKeys {
  const uses = createKeyUses(store)
  const lookup = createKeyLookup(store, (id) => uses.note(id, now()))

  async function add(
    key: string,
    { name, scopes, kind, sensor_id, sensor_ids = null }: NewApiKey,
  ): Promise<ApiKey | null> {
    const added = await store.add({
      id: uuidV7(),
      name,
      key_hash: hashOf(key),
      prefix: prefixOf(key),
      scopes,
      kind,
      sensor_id,
      sensor_ids,
      bound_by: sensor_id !== null || sensor_ids !== null ? 'operator' : null,
      created_at: new Date(now()),
    })
    lookup.forgetKey(key)
    return added
  }

  return {
    ...lookup.reader,
    ...createKeyBindings(store, { now, publish, forget: lookup.forget }),
    list: store.list,
    async find(id) {
      return (await store.find(id)) ?? keyNotFound(id)
    },
    async create(request) {
      const key = `et_${randomBytes(32).toString('base64url')}`
      return { ...((await add(key, request)) as ApiKey), key }
    },
    async adopt(key, name) {
      const collector = { kind: 'collector', sensor_id: null, sensor_ids: null } as const
      return (await add(key, { name, scopes: ['ingest'], ...collector })) !== null
    },
    async adoptBound(key, name, sensor_id) {
      return (
        (await add(key, { name, scopes: ['ingest'], kind: 'sensor', sensor_id, sensor_ids: null })) !== null
      )
    },
    async revoke(id) {
      const key = await store.revoke(id, new Date(now()))
      if (!key) return keyNotFound(id)
      lookup.forget(id)
      return key
    },
    flushUse: uses.flush,
  }
}

/** Whose key a text is, from memory where it was asked for a moment ago. @param used is called with the id of a key that was used. */
function createKeyLookup(store: Pick<ApiKeyStore, 'findByHash' | 'lastUsed'>, used: (id: string) => void) {
  /** Valid keys only, so that no flood of invented ones displaces them. */
  const valid = new LRUCache<string, KeyIdentity>({ max: CACHE_KEYS })
  const cache = new LRUCache<string, Known>({
    max: CACHE_KEYS,
    ttl: CACHE_MS,
    // What is forgotten while it is looked up is answered to who asked before, and not remembered.
    ignoreFetchAbort: true,
    fetchMethod: async (hash) => {
      const known: Known = (await store.findByHash(Buffer.from(hash, 'base64'))) ?? 'unknown'
      if (typeof known === 'string') valid.delete(hash)
      else valid.set(hash, known)
      return known
    },
  })

  function usedIdentity(known: Known | undefined): KeyIdentity | undefined {
    if (known === undefined || typeof known === 'string') return undefined
    used(known.id)
    return known
  }

  const reader: Pick<ApiKeys, 'identify' | 'remembered' | 'isRevoked' | 'lastKnown' | 'refreshKnown'> = {
    identify: async (key) => usedIdentity(await cache.fetch(cacheKeyOf(key))),
    remembered: (key) => usedIdentity(cache.get(cacheKeyOf(key))),
    isRevoked: (key) => cache.peek(cacheKeyOf(key)) === 'revoked',
    lastKnown: (key) => valid.get(cacheKeyOf(key)),
    async refreshKnown() {
      const keys = await store.lastUsed(CACHE_KEYS)
      valid.clear()
      // The one that was used last is forgotten last.
      for (const { key_hash, ...identity } of keys.reverse()) valid.set(key_hash.toString('base64'), identity)
    },
  }
  return {
    reader,
    forgetKey: (key: string) => void cache.delete(cacheKeyOf(key)),
    /** What is bound otherwise now, or revoked, is asked for again. */
    forget(id: string): void {
      cache.clear()
      for (const [hash, identity] of valid) if (identity.id === id) valid.delete(hash)
    },
  }
}

/** Which sensors keys may speak for. */
function createKeyBindings(
  store: Pick<ApiKeyStore, 'find' | 'rebind' | 'bindFirst' | 'bindings'>,
  { now, publish, forget }: { now: () => number; publish: Publish; forget: (id: string) => void },
): Pick<ApiKeys, 'rebind' | 'bindFirst' | 'bindings'> {
  return {
    async rebind(id, change) {
      const key = await store.rebind(id, change, new Date(now()))
      if (!key) return notBindable(await store.find(id), id)
      forget(id)
      return key
    },
    async bindFirst(id, sensor_id) {
      for (let attempt = 1; attempt <= BIND_ATTEMPTS; attempt += 1) {
        const outcome = await store.bindFirst(id, sensor_id, new Date(now()))
        if (outcome === 'taken') return { kind: 'refused', reason: takenBy(sensor_id) }
        forget(id)
        if (outcome === 'bound') {
          publish({ kind: 'key_bound', key_id: id, sensor_id })
          return { kind: 'bound', sensor_id }
        }
        const binding = (await store.bindings([id])).get(id)
        if (binding === undefined) return keyNotFound(id)
        if (binding.kind === 'refused') throw new UnauthorizedError(`${binding.reason}; create a new key`)
        if (binding.kind !== 'unbound') return binding
      }
      throw new ConflictError(
        'the key is being bound to another sensor at the same time; send the request again',
      )
    },
    bindings: store.bindings,
  }
}

function takenBy(sensor_id: string): string {
  return `another key is bound to the sensor ${sensor_id}: revoke that one, or name the sensor for this key (Settings, Keys)`
}

/** @param key which was not bound; null: there is none. */
function notBindable(key: ApiKey | null, id: string): never {
  if (key === null) return keyNotFound(id)
  if (key.revoked_at !== null)
    throw new ConflictError(
      `the key ${key.name} was revoked at ${key.revoked_at}, so it sends nothing and cannot be bound; create a new key`,
    )
  throw new InvalidInputError(
    'this key may not send events: it lacks the scope ingest; create a key that has it',
  )
}

/** When keys were last used, until it is written down. */
function createKeyUses(store: Pick<ApiKeyStore, 'recordUse'>) {
  const uses = new Map<string, number>()
  return {
    note: (id: string, at: number) => void uses.set(id, at),
    async flush(): Promise<void> {
      if (uses.size === 0) return
      const flushed = new Map(uses)
      uses.clear()
      await store.recordUse(new Map([...flushed].map(([id, at]) => [id, new Date(at)]))).catch((error) => {
        // Kept for the next time, below what was used meanwhile.
        for (const [id, at] of flushed) if (!uses.has(id)) uses.set(id, at)
        throw error
      })
    },
  }
}

function keyNotFound(id: string): never {
  throw new NotFoundError(`API key ${id} was not found; GET /api-keys lists the keys`)
}

function cacheKeyOf(key: string): string {
  return hashOf(key).toString('base64')
}
