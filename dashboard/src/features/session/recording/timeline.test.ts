import type { RecordingFrame } from '@eviltwin/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTimeline } from './timeline'

const at = (...times: number[]) => times.map((time): RecordingFrame => [time, 'o', 'x'])

test('pauses are cut, those before the first event too, and nothing else', () => {
  const timeline = createTimeline(2)
  timeline.add(at(10, 11, 11))
  timeline.add(at(100, 101))
  expect(timeline.duration()).toBe(6)
  expect([2, 2.5, 3, 5, 6].map(timeline.countUpTo)).toEqual([1, 1, 3, 4, 5])
  expect([0, 10, 10.5, 50, 100].map(timeline.positionOf)).toEqual([0, 2, 2.5, 5, 5])
  timeline.setIdleLimit(null)
  expect(timeline.duration()).toBe(101)
  expect([10, 11, 100].map(timeline.countUpTo)).toEqual([1, 3, 4])
})

test('without long pauses a position is the time of the recording, exactly', () => {
  const timeline = createTimeline(2)
  const times = Array.from({ length: 100 }, (_, n) => n / 10)
  timeline.add(at(...times))
  for (const [n, time] of times.entries()) expect(timeline.countUpTo(time)).toBe(n + 1)
})

test('finds the event beside a position', () => {
  const timeline = createTimeline(null)
  timeline.add(at(1, 1, 3))
  expect([0, 1, 2, 3].map((position) => timeline.eventBeside(position, 1))).toEqual([1, 3, 3, null])
  expect([0, 1, 2, 3].map((position) => timeline.eventBeside(position, -1))).toEqual([null, null, 1, 1])
})

test('knows when lines were ended', () => {
  const timeline = createTimeline(1)
  timeline.add([
    [1, 'i', 'i'],
    [20, 'i', 'd\r'],
    [21, 'o', '\r\n'],
    [22, 'i', 'a\nb'],
  ])
  expect(timeline.lineEnds()).toEqual([20, 22])
})

test('whatever the times are, positions grow, and lead back', () => {
  const steps = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 30 })
  const limit = fc.option(fc.constantFrom(0.5, 1, 2, 10))
  fc.assert(
    fc.property(steps, limit, fc.nat(), (gaps, idleLimit, pick) => {
      let time = 0
      const times = gaps.map((gap) => {
        time += gap
        return time
      })
      const timeline = createTimeline(idleLimit)
      timeline.add(at(...times))
      const positions = times.map(timeline.positionOf)
      expect(positions).toEqual(positions.toSorted((one, other) => one - other))
      const position = positions[pick % positions.length] ?? 0
      expect(timeline.positionOf(timeline.recordedAt(position))).toBeCloseTo(position, 3)
      if (idleLimit !== null) expect(timeline.duration()).toBeLessThanOrEqual(idleLimit * times.length + 1e-6)
    }),
  )
})
