import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findGaps, lengthOf } from './recording-gaps.js'

const T = Date.parse('2026-03-22T10:00:00Z')
const at = (seconds: number) => T + seconds * 1000
const range = (from: number, to: number) => ({ from: at(from), to: at(to) })

describe('gaps', () => {
  test('are the time in which nobody lived, to the second', () => {
    const { closed } = findGaps([range(0, 100.2), range(236.4, 400)], at(500), 10)
    expect(closed).toEqual([range(100, 236)])
  })

  test('of one replica are none while another one lives', () => {
    expect(findGaps([range(0, 100), range(50, 300), range(236, 400)], at(500), 10).closed).toEqual([])
  })

  test('are not closed before their horizon, and the next search begins with the first that is open', () => {
    const alive = [range(0, 100), range(136, 200), range(260, 300)]
    expect(findGaps(alive, at(250), 10)).toEqual({
      closed: [range(100, 136)],
      recent: [range(200, 260)],
      searchedUntil: at(200),
    })
  })

  test('after the last sign of life are none', () => {
    expect(findGaps([range(0, 100)], at(9_000), 10)).toEqual({
      closed: [],
      recent: [],
      searchedUntil: at(100),
    })
    expect(findGaps([], at(0), 10).searchedUntil).toBeNull()
  })

  test('beyond the limit are left to the next search', () => {
    const alive = [range(0, 1), range(2, 3), range(4, 5)]
    expect(findGaps(alive, at(100), 1)).toMatchObject({ closed: [range(1, 2)], searchedUntil: at(3) })
  })

  test('and the time of life make up the whole, and two searches find what one finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5_000), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 30 }),
        fc.nat(5_000),
        (runs, horizon) => {
          const alive = runs.map(([from, length]) => range(from, from + length))
          const { closed } = findGaps(alive, at(9_000), 100)
          const begin = Math.min(...alive.map(({ from }) => from))
          const end = Math.max(...alive.map(({ to }) => to))
          for (let moment = begin + 500; moment < end; moment += 7_000) {
            const lives = alive.some(({ from, to }) => from <= moment && moment < to)
            expect(closed.some(({ from, to }) => from <= moment && moment < to)).toBe(!lives)
          }
          for (const { from, to } of closed) expect(from >= begin && to <= end).toBe(true)
          const first = findGaps(alive, at(horizon), 100)
          const since = first.searchedUntil ?? 0
          const rest = findGaps(
            alive.filter(({ to }) => to >= since),
            at(9_000),
            100,
          )
          const both = [...first.closed, ...rest.closed]
          expect(new Set(both.map(({ from }) => from))).toEqual(new Set(closed.map(({ from }) => from)))
          expect(lengthOf(both)).toBe(lengthOf(closed))
        },
      ),
    )
  })
})
