import fc from 'fast-check'
import { expect, test } from 'vitest'
import { betterOf, certainSkewOf, correctionOf, createDatabaseClock, sampleOf } from './database-clock.js'

/** A database and a process with clocks of their own; answers take as long as asked. */
function setUp({ skewMs, thereMs = 1, backMs = 1 }: { skewMs: number; thereMs?: number; backMs?: number }) {
  const world = { at: 1_700_000_000_000, skewMs, thereMs, backMs, isDown: false }
  const clock = createDatabaseClock(
    {
      async query<Row>() {
        if (world.isDown) throw new Error('down')
        world.at += world.thereMs
        const at = world.at
        world.at += world.backMs
        return [{ at }] as Row[]
      },
    },
    () => world.at + world.skewMs,
  )
  return { world, clock }
}

test('a replica whose clock is 90 s behind has the time of the database once it has asked', async () => {
  const { world, clock } = setUp({ skewMs: -90_000 })
  expect(clock.skewMs()).toBeNull()
  expect(clock.now()).toBe(world.at - 90_000)
  await clock.measure()
  expect(clock.skewMs()).toBe(-89_999)
  expect(clock.now()).toBe(world.at)
})

test('whatever the way there and back takes, the skew is wrong by half of the round trip at most', () => {
  const duration = fc.integer({ min: 0, max: 5_000 })
  fc.assert(
    fc.property(fc.integer({ min: -1e6, max: 1e6 }), duration, duration, (skewMs, there, back) => {
      const before = 1_700_000_000_000 + skewMs
      const sample = sampleOf(before, before - skewMs + there, before + there + back)
      expect(Math.abs(sample.skewMs - skewMs)).toBeLessThanOrEqual(sample.roundTripMs / 2)
      expect(Math.abs(certainSkewOf(sample))).toBeLessThanOrEqual(Math.abs(skewMs))
    }),
  )
})

test('a slow answer does not replace a good measurement; a clock that was set does', async () => {
  const { world, clock } = setUp({ skewMs: 3_000 })
  await clock.measure()
  world.thereMs = 4_000
  await clock.measure()
  expect(clock.skewMs()).toBe(2_999)
  world.skewMs = 0
  await clock.measure()
  world.thereMs = 1
  await clock.measure()
  expect(clock.now()).toBe(world.at)
  expect(clock.skewMs()).toBeCloseTo(0)
})

test('a measurement is old after a minute, however good it was', () => {
  const good = { at: 0, skewMs: 100, roundTripMs: 1 }
  const poor = { at: 60_001, skewMs: 110, roundTripMs: 30 }
  expect(betterOf(good, { ...poor, at: 60_000 })).toBe(good)
  expect(betterOf(good, poor)).toBe(poor)
})

test('what was measured stays while the database is away', async () => {
  const { world, clock } = setUp({ skewMs: -5_000 })
  await clock.measure()
  world.isDown = true
  await expect(clock.measure()).rejects.toThrow('down')
  expect(clock.now()).toBe(world.at)
})

test.each([
  ['smaller than it need be', 40, 2, 0],
  ['smaller than its error', 300, 400, 0],
  ['of a process ahead', 90_000, 2, 90_000],
  ['of a process behind', -90_000, 2, -90_000],
  ['of a clock that somebody must set', 601_000, 2, 0],
])('a skew %s (%d ms, round trip %d ms) is corrected by %d ms', (_what, skewMs, roundTripMs, correction) => {
  expect(correctionOf({ at: 0, skewMs, roundTripMs })).toBe(correction)
})
