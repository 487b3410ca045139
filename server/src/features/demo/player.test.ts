import { expect, test } from 'vitest'
import type { Step } from './acts.js'
import { createPlayer, MAX_IN_FLIGHT, MAX_WAITING } from './player.js'

/** A player whose clock stands still until it is moved, and whose steps end when they are told. */
function start({ speed = 1, every = 10, answers = true } = {}) {
  let ms = 1_000
  const answer: Array<() => void> = []
  const begun: Step[] = []
  const player = createPlayer({
    clock: () => ms,
    speed,
    run: 'run',
    schedule: [{ name: 'smb', first: 5, every }],
    perform(step) {
      begun.push(step)
      return answers ? Promise.resolve() : new Promise((resolve) => answer.push(resolve))
    },
  })
  return {
    begun,
    /** Answers what is under way. */
    async answerAll() {
      for (const resolve of answer.splice(0)) resolve()
      await player.idle()
    },
    async pass(seconds: number) {
      ms += seconds * 1000
      player.tick()
      if (answers) await player.idle()
    },
  }
}

test('a step begins at its time and not before', async () => {
  const { begun, pass } = start()
  await pass(4.9)
  expect(begun).toEqual([])
  await pass(0.1)
  expect(begun.map(({ at }) => at)).toEqual([5])
  await pass(10)
  expect(begun.map(({ at }) => at)).toEqual([5, 15])
})

test('a faster demo does the same in less time', async () => {
  const { begun, pass } = start({ speed: 10 })
  await pass(1.5)
  expect(begun.map(({ at }) => at)).toEqual([5, 15])
})

test('what a pause of the process missed is left out', async () => {
  const { begun, pass } = start()
  await pass(86_400)
  expect(begun.length).toBe(3)
})

test('while nothing is answered, requests under way and steps that wait stay within their bounds', async () => {
  const { begun, pass, answerAll } = start({ every: 0.01, answers: false })
  for (let n = 0; n < 10; n += 1) await pass(30)
  expect(begun.length).toBe(MAX_IN_FLIGHT)
  for (let before = 0; before !== begun.length; ) {
    before = begun.length
    await answerAll()
    await pass(0)
  }
  expect(begun.length).toBe(MAX_IN_FLIGHT + MAX_WAITING)
})
