import { expect, test } from 'vitest'
import { createPlatformRun } from './platform-run.js'

const HOUR_MS = 3_600_000

/** A database whose clock is that of the process. */
function setUp() {
  const clock = { now: 1_000_000, away: false }
  const runs = new Map<string, { from: number; to: number }>()
  const run = createPlatformRun({
    store: {
      async extend(_, startedAt, livedMs) {
        if (clock.away) throw new Error('away')
        const key = startedAt ?? String(runs.size)
        runs.set(key, { from: runs.get(key)?.from ?? clock.now - livedMs, to: clock.now })
        return key
      },
    },
    recorderId: 'r',
    now: () => clock.now,
    keptMs: 6 * HOUR_MS,
  })
  /** Lets time pass in which the process lives. */
  const live = (ms: number) => {
    for (const end = clock.now + ms; clock.now < end; ) {
      clock.now += Math.min(1000, end - clock.now)
      run.heartbeat()
    }
  }
  return { clock, run, live, runs: () => [...runs.values()].map(({ from, to }) => [from, to]) }
}

test('each sign of life extends the run', async () => {
  const { run, live, runs } = setUp()
  await run.extend()
  live(50_000)
  await run.extend()
  expect(runs()).toEqual([[1_000_000, 1_050_000]])
})

test('a process that lives while the database is away, even from its start, has one run', async () => {
  const { clock, run, live, runs } = setUp()
  clock.away = true
  await expect(run.extend()).rejects.toThrow('away')
  live(600_000)
  clock.away = false
  await run.extend()
  clock.away = true
  live(HOUR_MS)
  await expect(run.extend()).rejects.toThrow('away')
  clock.away = false
  await run.extend()
  expect(runs()).toEqual([[1_000_000, 1_600_000 + HOUR_MS]])
})

test('a stalled process begins another run when it goes on', async () => {
  const { clock, run, live, runs } = setUp()
  await run.extend()
  live(10_000)
  await run.extend()
  clock.now += 40_000
  await run.extend()
  live(5_000)
  await run.extend()
  expect(runs()).toEqual([
    [1_000_000, 1_010_000],
    [1_050_000, 1_055_000],
  ])
})

test('a stall of up to 30 seconds is none', async () => {
  const { clock, run, runs } = setUp()
  await run.extend()
  clock.now += 30_000
  await run.extend()
  expect(runs()).toHaveLength(1)
})

test('counts that waited too long for the database are lost, and their time is no run', async () => {
  const { clock, run, live, runs } = setUp()
  await run.extend()
  clock.away = true
  live(7 * HOUR_MS)
  clock.away = false
  await run.extend()
  expect(runs()).toEqual([
    [1_000_000, 1_000_000],
    [1_000_000 + HOUR_MS, 1_000_000 + 7 * HOUR_MS],
  ])
})
