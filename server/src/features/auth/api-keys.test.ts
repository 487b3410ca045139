import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ApiKeyStore } from './api-key-store.js'
import { createApiKeys } from './api-keys.js'
import { hashOf } from './key-text.js'

test('keys that this process was not sent yet are known from the store, until they are revoked', async () => {
  const identity = { id: 'a', name: 'a', scopes: ['ingest'], binding: { kind: 'any' }, prefix: 'et_' }
  let stored = [{ ...identity, key_hash: hashOf('a key') }]
  const store = { lastUsed: async () => [...stored] } as unknown as ApiKeyStore
  const keys = createApiKeys(store, () => 1_000)
  expect(keys.lastKnown('a key')).toBeUndefined()
  await keys.refreshKnown()
  expect(keys.lastKnown('a key')).toEqual(identity)
  expect([keys.lastKnown('another key'), keys.remembered('a key')]).toEqual([undefined, undefined])
  stored = []
  await keys.refreshKnown()
  expect(keys.lastKnown('a key')).toBeUndefined()
})

test('a key that is looked up while another one changes is known all the same, and asked for again', async () => {
  const identity = { id: 'a', name: 'a', scopes: ['ingest'], binding: { kind: 'any' }, prefix: 'et_' }
  const lookups: Array<() => void> = []
  const store = {
    findByHash: () => new Promise((resolve) => lookups.push(() => resolve(identity))),
    revoke: async () => identity,
  } as unknown as ApiKeyStore
  const keys = createApiKeys(store, () => 1_000)
  const pending = keys.identify('a key')
  await keys.revoke('another')
  lookups[0]?.()
  expect(await pending).toEqual(identity)
  expect(keys.remembered('a key')).toBeUndefined()
  const again = keys.identify('a key')
  expect(lookups).toHaveLength(2)
  lookups[1]?.()
  expect(await again).toEqual(identity)
})

test('when the use of keys cannot be written down, it is with the next flush', async () => {
  const written: Array<Array<[string, number]>> = []
  let isDown = true
  const store = {
    findByHash: async () => ({
      id: 'a',
      name: 'a',
      scopes: ['ingest'],
      binding: { kind: 'any' },
      prefix: 'et_',
    }),
    recordUse: async (uses: ReadonlyMap<string, Date>) => {
      if (isDown) throw new Error('the database is away')
      written.push([...uses].map(([id, at]) => [id, at.getTime()]))
    },
  } as unknown as ApiKeyStore
  const keys = createApiKeys(store, () => 1_000)
  await keys.identify('a key')
  await expect(keys.flushUse()).rejects.toThrow('away')
  isDown = false
  await keys.flushUse()
  await keys.flushUse()
  expect(written).toEqual([[['a', 1_000]]])
})

describe('while the database answers', () => {
  let clock = 1_000
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(performance, 'now').mockImplementation(() => clock)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  /** By the clock of the cache, which looks at it once a millisecond. */
  const pass = (ms: number) => {
    clock += ms
    vi.advanceTimersByTime(ms)
  }

  const identity = { id: 'a', name: 'a', scopes: ['ingest'], binding: { kind: 'any' }, prefix: 'et_' }
  const storeOf = () => {
    let asked = 0
    const store = {
      findByHash: async () => {
        asked += 1
        return identity
      },
      revoke: async () => identity,
    } as unknown as ApiKeyStore
    return { store, asked: () => asked }
  }

  test('a key costs no query while it is fresh, and is asked for again within 60 s', async () => {
    const { store, asked } = storeOf()
    const keys = createApiKeys(store, Date.now)
    await keys.identify('a key')
    await keys.identify('a key')
    pass(1_000)
    expect([keys.remembered('a key'), asked()]).toEqual([identity, 1])
    pass(60_000)
    expect(keys.remembered('a key')).toBeUndefined()
    await keys.identify('a key')
    expect(asked()).toBe(2)
  })

  test('a key that is revoked here is unknown at once', async () => {
    const keys = createApiKeys(storeOf().store, Date.now)
    await keys.identify('a key')
    await keys.revoke('a')
    expect([keys.remembered('a key'), keys.lastKnown('a key')]).toEqual([undefined, undefined])
  })
})
