import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../server/src/testing/until.js'
import { createInstallation, type Installation } from './server-process.js'

/** Of util-linux: runs a command on a terminal of its own. */
const SCRIPT = '/usr/bin/script'
const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
const RULE = '─'.repeat(72)
const installations: Installation[] = []
afterEach(() => {
  for (const installation of installations.splice(0)) installation.remove()
})

/** What a person sees of a start, up to the end of its facts. */
async function startOnTerminal(...args: string[]): Promise<string> {
  const installation = await createInstallation()
  installations.push(installation)
  const command = ['exec', process.execPath, PROGRAM, 'start', ...args].join(' ')
  const terminal = spawn(SCRIPT, ['-qefc', command, '/dev/null'], {
    env: { ...installation.environment, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  terminal.stdout.on('data', (chunk) => {
    text += chunk
  })
  const ended = new Promise<void>((resolve) => terminal.once('exit', () => resolve()))
  await until(() => text.split(RULE).length > 2)
  const seen = text
  // What Ctrl-C is on a terminal.
  terminal.stdin.write('\u0003')
  await ended
  return seen.replaceAll('\r', '')
}

describe.runIf(existsSync(SCRIPT))('on a terminal', () => {
  test('the log is for people, and the facts of the start come last, set apart', async () => {
    const seen = await startOnTerminal()
    const [log = '', facts = ''] = seen.split(RULE)
    expect(log).toMatch(/\[\d\d:\d\d:\d\d\] INFO: backend\.main: Service started \{"url":/)
    expect(log).not.toContain('"timestamp"')
    expect(facts).toMatch(/is running: http:\/\/localhost:\d+/)
    expect(facts).toMatch(/Log in as admin with password \S+ {3}\(shown this once\)/)
    expect(facts).toMatch(/Sensor key et_\S+/)
    expect(facts).toContain('Send a first event:')
  })

  test('--log-format json keeps it JSON there', async () => {
    const seen = await startOnTerminal('--log-format', 'json')
    const line = seen.split('\n').find((each) => each.includes('Service started'))
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'INFO', logger: 'backend.main' })
  })
})

test('start --help names the format', async () => {
  const installation = await createInstallation()
  installations.push(installation)
  expect((await installation.run('start', '--help')).stdout).toContain('--log-format')
})
