import { expect, test } from 'vitest'
import { heldIn, objectionTo } from './held-text.js'
import { commandsIn } from './shell-commands.js'

/** Enough that work which grows with the square of it takes minutes. */
const CHARACTERS = 100_000

test.each(['.', '…', 'a', 'a-', '/', '-', 'a_', '()', '>', '&', '|', 'a@b:', '$(', 'A_', 'a=', 'ﬃ'])(
  'the time for a text of %j without end grows with its length',
  (unit) => {
    expect(commandsIn(`x ${unit.repeat(CHARACTERS / unit.length)} is seen`).length).toBeLessThan(CHARACTERS)
  },
)

test.each([
  ['wc -l a|sort', 'a|sort'],
  ['then a | b', 'a | b'],
  ['then a|b|c again', 'a|b|c'],
  ['then a && b', 'a && b'],
  ['then a>/tmp/x', 'a>/tmp/x'],
  ['then bomb(){', 'bomb(){'],
  ['then root@web:~# ls -l', 'root@web:~# ls -l'],
])('%j has a command', (text, command) => {
  expect(commandsIn(text)).toContain(command)
})

test('a command that repeats what the session holds is found, or not, by looking at each word once', async () => {
  const held = await heldIn(`${'a'.repeat(CHARACTERS)} ${'rm '.repeat(1_000)}-rf /tmp/x`)
  const telling = `The intruder ran ${'aa '.repeat(20)}rm -rf /tmp/y. `.repeat(20)
  expect(objectionTo(telling, held, 'claim')).toBe('command')
  expect(objectionTo('The intruder ran rm rm -rf /tmp/x', held, 'claim')).toBeNull()
})
