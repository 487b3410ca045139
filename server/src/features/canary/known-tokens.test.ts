import { expect, test } from 'vitest'
import { createKnownTokens } from './known-tokens.js'
import type { EnabledCanaryToken } from './store.js'

const TOKEN: EnabledCanaryToken = {
  id: 'id',
  kind: 'link',
  name: 'a decoy',
  sensor_id: 'canary-a-decoy',
  token_hash: 'a hash',
}

function setUp() {
  const state = { now: 0, reads: 0, isAway: false, tokens: [TOKEN] }
  const known = createKnownTokens(
    {
      async enabled() {
        state.reads += 1
        if (state.isAway) throw new Error('away')
        return state.tokens
      },
    },
    () => state.now,
  )
  return { state, known }
}

test('any number of unknown paths costs one statement in five seconds', async () => {
  const { state, known } = setUp()
  await Promise.all(Array.from({ length: 500 }, (_, n) => known.find(`guess ${n}`)))
  state.now = 4_999
  for (let n = 0; n < 500; n += 1) expect(await known.find(`another guess ${n}`)).toBeNull()
  expect(state.reads).toBe(1)
  state.now = 5_000
  expect(await known.find('a hash')).toEqual(TOKEN)
  expect(state.reads).toBe(2)
})

test('tokens stay known while the database is away, and it is asked no more often', async () => {
  const { state, known } = setUp()
  await known.find('a hash')
  state.isAway = true
  state.now = 60_000
  for (let n = 0; n < 500; n += 1) expect(await known.find('a hash')).toEqual(TOKEN)
  expect(state.reads).toBe(2)
})

test('fails when the tokens were never read', async () => {
  const { state, known } = setUp()
  state.isAway = true
  await expect(known.find('a hash')).rejects.toThrow('away')
})

test('a change here counts at once', async () => {
  const { state, known } = setUp()
  await known.find('a hash')
  state.tokens = []
  known.forget()
  expect(await known.find('a hash')).toBeNull()
})
