import { expect, test } from 'vitest'
import { decodeSketch, quantileOf } from '../../../domain/quantile-sketch.js'
import type { MinuteSlice, SignalBucket } from '../store.js'
import { createSignalRecorder } from './recorder.js'

const START = Date.parse('2026-03-22T12:00:30Z')

/** A store that keeps rows as the table does: one a series, span and bucket. */
function setUp() {
  const clock = { now: START, failing: false }
  const rows = new Map<string, SignalBucket>()
  const writes: SignalBucket[][] = []
  const slices: MinuteSlice[] = []
  const recorder = createSignalRecorder({
    store: {
      async write(_recorder, buckets) {
        if (clock.failing) throw new Error('down')
        writes.push([...buckets])
        for (const bucket of buckets) rows.set(`${bucket.series} ${bucket.span} ${bucket.bucket}`, bucket)
      },
      async writeSlices(written) {
        if (clock.failing) throw new Error('down')
        slices.push(...written)
      },
    },
    recorderId: 'r',
    now: () => clock.now,
  })
  const total = (series: string, span: string) =>
    [...rows.values()]
      .filter((row) => row.series === series && row.span === span)
      .reduce((sum, row) => sum + row.total, 0)
  return { recorder, clock, rows, writes, slices, total }
}

test('writing again replaces what was written, so nothing is counted twice', async () => {
  const { recorder, total } = setUp()
  recorder.count('a', true)
  await recorder.flush()
  recorder.count('a', false)
  await recorder.flush()
  await recorder.flush()
  expect([total('a', 'minute'), total('a', 'hour')]).toEqual([2, 2])
})

test('what did not change is not written', async () => {
  const { recorder, writes } = setUp()
  recorder.count('a', true)
  await recorder.flush()
  await recorder.flush()
  expect(writes).toHaveLength(1)
})

test('what could not be written is written later, and minutes stay apart', async () => {
  const { recorder, clock, rows, total } = setUp()
  recorder.count('a', true)
  clock.failing = true
  await expect(recorder.flush()).rejects.toThrow('down')
  clock.now += 60_000
  recorder.count('a', true)
  clock.failing = false
  await recorder.flush()
  expect(total('a', 'minute')).toBe(2)
  expect([...rows.values()].filter(({ span }) => span === 'minute')).toHaveLength(2)
})

test('a distribution is stored in a form that gives its quantiles back', async () => {
  const { recorder, rows } = setUp()
  for (let n = 1; n <= 100; n += 1) recorder.observe('d', n, true)
  await recorder.flush()
  const stored = [...rows.values()].find(({ span }) => span === 'minute')
  const p95 = quantileOf(decodeSketch(stored?.sketch ?? Buffer.alloc(0)), 0.95) ?? 0
  expect(Math.abs(p95 / 95 - 1)).toBeLessThan(0.02)
})

test('being there counts once a minute', async () => {
  const { recorder, clock, total } = setUp()
  for (let n = 0; n < 24; n += 1) {
    recorder.mark('up')
    await recorder.flush()
    clock.now += 5_000
  }
  expect(total('up', 'minute')).toBe(3)
})

test('series beyond the bound are left out, and those before go on', async () => {
  const { recorder, total } = setUp()
  for (let n = 0; n < 3_000; n += 1) recorder.count(`s${n}`, true)
  recorder.count('s0', true)
  await recorder.flush()
  expect([total('s0', 'minute'), total('s1999', 'minute'), total('s2000', 'minute')]).toEqual([2, 1, 0])
})

test('slices are kept while they cannot be written, and written once; one bad observation makes a minute bad', async () => {
  const { recorder, clock, slices } = setUp()
  const minute = START - 30_000
  clock.failing = true
  for (const good of [true, false, true]) recorder.slice('a', good)
  await expect(recorder.flush()).rejects.toThrow('down')
  clock.failing = false
  clock.now += 60_000
  recorder.slice('a', true)
  await recorder.flush()
  await recorder.flush()
  expect(slices).toEqual([
    { series: 'a', minute, good: false },
    { series: 'a', minute: minute + 60_000, good: true },
  ])
})

test('of slices that cannot be written, those of six hours are kept', async () => {
  const { recorder, clock, slices } = setUp()
  for (let minute = 0; minute < 400; minute += 1) {
    recorder.slice('a', true)
    clock.now += 60_000
  }
  await recorder.flush()
  expect(slices).toHaveLength(360)
  expect(slices.at(-1)?.minute).toBe(START - 30_000 + 399 * 60_000)
})
