import { expect, test } from 'vitest'
import { atOnce, CHARACTERS_A_TURN, inTurns } from './turns.js'

function* work(steps: number, cost: number): Generator<number, string> {
  for (let step = 0; step < steps; step += 1) yield cost
  return 'done'
}

test('other work has its turn whenever so many characters were read', async () => {
  let turns = 0
  const wait = async () => {
    turns += 1
  }
  expect(await inTurns(work(100, CHARACTERS_A_TURN / 4), wait)).toBe('done')
  expect(turns).toBe(25)
  expect(await inTurns(work(3, CHARACTERS_A_TURN / 4), wait)).toBe('done')
  expect(turns).toBe(25)
})

test('a timer fires while long work goes on', async () => {
  let fired = false
  setImmediate(() => {
    fired = true
  })
  await inTurns(work(2, CHARACTERS_A_TURN))
  expect(fired).toBe(true)
  expect(atOnce(work(5, CHARACTERS_A_TURN))).toBe('done')
})
