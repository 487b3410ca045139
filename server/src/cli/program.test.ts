import { beforeAll, expect, test } from 'vitest'
import { createProgram } from './program.js'

const namesOf = async (name?: string) => (await createProgram(name)).commands.map((command) => command.name())

let names: string[]
// All of the server is loaded once.
beforeAll(async () => {
  names = await namesOf()
}, 120_000)

test('every command is loaded by its own name, and no other one with it', async () => {
  expect(names).toContain('start')
  for (const name of names) expect(await namesOf(name)).toEqual([name])
})

test.each(['--help', 'help', 'strat', 'constructor'])('for %s all commands are loaded', async (name) => {
  expect(await namesOf(name)).toEqual(names)
})
