import { expect, test } from 'vitest'
import { createPlayer } from './player'
import { playerAction } from './player-keys'

function start() {
  const player = createPlayer({ columns: 20, rows: 2, now: () => 0, soon: () => {} })
  player.add(Array.from({ length: 101 }, (_, second) => [second, 'o', 'x']))
  let changes = 0
  const press = (key: string, shiftKey = false) => {
    const toggleFullScreen = () => {
      changes += 1
    }
    const action = playerAction({ key, shiftKey }, { player, commands: [10, 20, 30], toggleFullScreen })
    action?.()
    return action !== null
  }
  return { press, state: player.state, fullScreenChanges: () => changes }
}

const walked = start()
test.each([
  ['End', 100],
  ['ArrowLeft', 95],
  ['5', 50],
  ['ArrowRight', 55],
  ['[', 30],
  ['[', 20],
  [']', 30],
  [']', 30],
  ['.', 31],
  [',', 30],
  ['Home', 0],
  ['[', 0],
  ['ArrowLeft', 0],
] as const)('after the keys before it, %s leads to %d', (key, position) => {
  walked.press(key)
  expect(walked.state().position).toBe(position)
})

test('with Shift, arrows move by a tenth', () => {
  const { press, state } = start()
  press('ArrowRight', true)
  expect(state().position).toBe(10)
  press('ArrowLeft', true)
  expect(state().position).toBe(0)
})

test('the speed has a lowest and a highest step', () => {
  const { press, state } = start()
  for (let n = 0; n < 10; n += 1) press('>', true)
  expect(state().speed).toBe(8)
  for (let n = 0; n < 10; n += 1) press('<', true)
  expect(state().speed).toBe(0.5)
})

test('plays, pauses, and fills the screen', () => {
  const { press, state, fullScreenChanges } = start()
  press(' ')
  expect(state().isPlaying).toBe(true)
  press(' ')
  expect(state().isPlaying).toBe(false)
  press('f')
  expect(fullScreenChanges()).toBe(1)
})

test('other keys are for the page', () => {
  const { press } = start()
  for (const key of ['p', 'Tab', 'Escape', 'toString', '__proto__']) expect(press(key)).toBe(false)
})
