import { expect, test } from 'vitest'
import { createReachability, nextReachability, REACHABLE } from './reachability.js'

/** Pings by their time in seconds; gives what is judged after each. */
const judged = (...pings: Array<[second: number, answered: boolean]>) => {
  let state = REACHABLE
  return pings.map(([second, answered]) => {
    state = nextReachability(state, answered, second * 1000)
    return state.reachable
  })
}

test.each([
  ['one failed ping', [[0, false]], [true]],
  [
    'two failed pings within 5 s',
    [
      [0, false],
      [1, false],
    ],
    [true, false],
  ],
  [
    'two failed pings exactly 5 s apart',
    [
      [0, false],
      [5, false],
    ],
    [true, false],
  ],
  [
    'two failed pings further apart',
    [
      [0, false],
      [5.1, false],
    ],
    [true, true],
  ],
  [
    'the second and the third failure within 5 s',
    [
      [0, false],
      [6, false],
      [7, false],
    ],
    [true, true, false],
  ],
  [
    'an answer between two failures',
    [
      [0, false],
      [1, true],
      [2, false],
    ],
    [true, true, true],
  ],
  [
    'a first answer after an outage',
    [
      [0, false],
      [1, false],
      [60, false],
      [61, true],
    ],
    [true, false, false, true],
  ],
  [
    'one failure right after an outage',
    [
      [0, false],
      [1, false],
      [2, true],
      [3, false],
    ],
    [true, false, true, true],
  ],
] as Array<[string, Array<[number, boolean]>, boolean[]]>)(
  'two failures within 5 s make the database unreachable, one answer reachable: %s',
  (_what, pings, expected) => {
    expect(judged(...pings)).toEqual(expected)
  },
)

/** A database whose answers, clock and timers the test decides. */
function aDatabase() {
  const world = { answers: true, at: 0, pings: 0, timers: [] as Array<() => void> }
  const reachability = createReachability({
    ping: async () => {
      world.pings += 1
      return world.answers
    },
    now: () => world.at,
    later: (_ms, work) => {
      world.timers.push(work)
      return () => {
        world.timers = world.timers.filter((each) => each !== work)
      }
    },
  })
  return { world, ...reachability }
}

test('a first failure is confirmed or refuted without anybody asking again', async () => {
  const { world, isReachable } = aDatabase()
  world.answers = false
  expect(await isReachable()).toBe(true)
  world.at = 1_000
  world.timers.shift()?.()
  expect(await isReachable()).toBe(false)
  expect(world.timers).toEqual([])
  world.answers = true
  expect(await isReachable()).toBe(true)
})

test('everybody who asks at once gets one judgement of one ping', async () => {
  const { world, isReachable } = aDatabase()
  world.answers = false
  expect(await Promise.all([isReachable(), isReachable(), isReachable()])).toEqual([true, true, true])
  expect(world.pings).toBe(1)
  expect(world.timers).toHaveLength(1)
})

test('nothing is confirmed any more once it was stopped', async () => {
  const { world, isReachable, stop } = aDatabase()
  world.answers = false
  await isReachable()
  stop()
  expect(world.timers).toEqual([])
  await isReachable()
  expect(world.timers).toEqual([])
})
