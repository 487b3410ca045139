import { expect, test } from 'vitest'
import { collectSession } from '../../testing/decoy-harness.js'
import { testShell } from '../../testing/decoy-shell.js'
import { createCommandRunner } from './command-runner.js'
import type { Typed } from './line-editor.js'
import { MAX_LINES_WHEN_GONE, serveTerminal } from './serve-terminal.js'

test('of what a client typed before it left, so many lines are run', async () => {
  const session = collectSession()
  let isGone = false
  async function* typed(): AsyncGenerator<Typed, void> {
    for (let n = 0; n < 50; n += 1) yield { kind: 'line', line: `: ${n}` }
    isGone = true
    for (let n = 0; n < 500; n += 1) yield { kind: 'line', line: `: gone ${n}` }
  }
  await serveTerminal({
    typed: typed(),
    runner: createCommandRunner(testShell().shell, session, 'telnet'),
    greeting: '',
    recording: { output() {} },
    write: async () => {},
    isGone: () => isGone,
  })
  const commands = session.records.map(({ command }) => command)
  expect(commands).toHaveLength(50 + MAX_LINES_WHEN_GONE)
  expect(commands.at(-1)).toBe(`: gone ${MAX_LINES_WHEN_GONE - 1}`)
})
