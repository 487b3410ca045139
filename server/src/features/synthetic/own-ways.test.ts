import { expect, test } from 'vitest'
import { createOwnWays } from './own-ways.js'

/** Keys as the platform has them: valid once adopted, until all are revoked. */
function start() {
  const adopted: string[] = []
  let revoked = 0
  const isRevoked = (key: string) => adopted.indexOf(key) >= 0 && adopted.indexOf(key) < revoked
  const ways = createOwnWays({
    secretKey: 'a secret',
    apiKeys: {
      async adoptBound(key) {
        if (!adopted.includes(key)) adopted.push(key)
        return true
      },
      identify: async (key) =>
        adopted.includes(key) && !isRevoked(key)
          ? { id: key, name: 'own', scopes: ['ingest'], binding: { kind: 'any' }, prefix: '' }
          : undefined,
      isRevoked,
    },
    targets: { keep: async () => {} },
    intervalSeconds: 300,
    now: () => 0,
  })
  return {
    ways,
    adopted,
    revokeAll: () => {
      revoked = adopted.length
    },
  }
}

test('a revoked key is replaced by the next one, and a good one is not', async () => {
  const { ways, adopted, revokeAll } = start()
  expect(await ways.keyState('log')).toBe('missing')
  await ways.prepare()
  expect(adopted).toHaveLength(2)
  expect(await ways.keyState('log')).toBe('valid')
  await expect(ways.replaceKey('log')).rejects.toThrow('is not revoked')
  revokeAll()
  expect(await ways.keyState('log')).toBe('revoked')
  await ways.replaceKey('log')
  expect([await ways.keyState('log'), await ways.keyState('hec')]).toEqual(['valid', 'revoked'])
  expect(await ways.keyOf('log')).toBe(adopted[2])
})

test('a way has twenty keys; the last one is not replaced', async () => {
  const { ways, adopted, revokeAll } = start()
  await ways.prepare()
  revokeAll()
  for (let replaced = 1; replaced < 20; replaced += 1) {
    await ways.replaceKey('log')
    revokeAll()
  }
  await expect(ways.replaceKey('log')).rejects.toThrow('was replaced 19 times')
  expect(new Set(adopted).size).toBe(21)
  expect(await ways.keyOf('log')).toBe(adopted.at(-1))
})
