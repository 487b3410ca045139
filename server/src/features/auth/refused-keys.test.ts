import { expect, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import type { Refusals } from './refused-key-store.js'
import { createRefusedKeys } from './refused-keys.js'

function setUp() {
  const state = { isDown: false, stores: (_: Refusals): boolean => true, meanwhile: () => {} }
  const written: Refusals[] = []
  const counted = { stored: 0, dropped: 0 }
  const keys = createRefusedKeys(
    {
      async add(refusals) {
        state.meanwhile()
        if (state.isDown) throw new Error('the database is away')
        const stored = refusals.filter(state.stores)
        written.push(...stored)
        return stored
      },
    },
    (event: PlatformEvent) => {
      if (event.kind === 'key_refusals_noted') counted[event.outcome] += event.count
    },
    () => 1_000,
  )
  const flood = (keysOfStrangers: number) => {
    for (let n = 0; n < keysOfStrangers; n += 1) keys.note(`${n} a key of a stranger`, '203.0.113.7', false)
  }
  const timesOf = (prefix: string) =>
    written.flatMap(({ key_prefix, refusals }) => (key_prefix === prefix ? [refusals] : []))
  return { keys, state, written, counted, flood, timesOf }
}

test('strangers who try many keys leave room for the revoked key of a sensor', async () => {
  const { keys, flood, timesOf, counted } = setUp()
  flood(1_000)
  keys.note('et_revoked-key-of-a-sensor', '198.51.100.1', true)
  await keys.flush()
  expect(timesOf('et_revo')).toEqual([1])
  expect(counted).toEqual({ stored: 201, dropped: 800 })
})

test('what the store leaves out is counted as dropped', async () => {
  const { keys, state, flood, counted } = setUp()
  state.stores = () => false
  flood(3)
  await keys.flush()
  expect(counted).toEqual({ stored: 0, dropped: 3 })
})

test('what is refused while it is written is written once, with the next flush', async () => {
  const { keys, state, timesOf } = setUp()
  const note = () => keys.note('et_revoked-key-of-a-sensor', '198.51.100.1', true)
  note()
  note()
  state.meanwhile = note
  await keys.flush()
  state.meanwhile = () => {}
  await keys.flush()
  expect(timesOf('et_revo')).toEqual([2, 1])
})

test('what cannot be written is kept', async () => {
  const { keys, state, timesOf, counted } = setUp()
  const note = () => keys.note('et_revoked-key-of-a-sensor', '198.51.100.1', true)
  note()
  state.isDown = true
  state.meanwhile = note
  await expect(keys.flush()).rejects.toThrow('away')
  state.isDown = false
  state.meanwhile = () => {}
  await keys.flush()
  await keys.flush()
  expect(timesOf('et_revo')).toEqual([2])
  expect(counted).toEqual({ stored: 2, dropped: 0 })
})
