import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPasswordPolicy } from './password-policy.js'

const { problemOf } = createPasswordPolicy()

test.each([
  ['password', /at least 15/],
  ['12345678', /at least 15/],
  ['        ', /at least 15/],
  ['fourteen chars', /at least 15/],
  ['🙂'.repeat(14), /at least 15/],
  ['               ', /guess/],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', /guess/],
  ['abcdefghijklmnopqrst', /guess/],
  ['123456789012345', /guess/],
  ['123456789987654321', /guess/],
  ['qwertyuiopasdfgh', /guess/],
  ['1qaz2wsx3edc4rfv', /guess/],
  ['passwordpassword', /guess/],
  ['password1234567', /guess/],
  ['P@ssw0rd12345678', /guess/],
  ['ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ', /guess/],
  ['iloveyouiloveyou', /guess/],
  ['letmeinletmeinletmein', /guess/],
  ['x'.repeat(256), /guess/],
  ['EvilTwinEvilTwin', /name/],
  ['eviltwin-admin-1', /name/],
  ['Ann.Example.2026!', /name/],
])('%s is refused', async (password, problem) => {
  expect(await problemOf(password, password.startsWith('Ann') ? 'ann.example' : 'admin')).toMatch(problem)
})

test.each([
  'correct horse battery',
  'only lower case letters in it',
  '四月の朝は雨が静かに降っている庭',
  'Ünïcödé çhäräctérs ärê wélcome',
  'kL9#vQ2mZx7!pRt4',
  'zebra lagoon violet kettle '.repeat(9),
])('%s is accepted', async (password) => {
  expect(await problemOf(password, 'admin')).toBeNull()
})

test('a name of two letters is no reason to refuse the words that it is in', async () => {
  expect(await problemOf('banana cabana panama havana', 'an')).toBeNull()
})

test('whatever text it is given, it answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ maxLength: 64 }),
      async (text, name) => {
        const problem = await problemOf(text, name)
        expect(problem === null || typeof problem === 'string').toBe(true)
      },
    ),
    { numRuns: 25 },
  )
})
