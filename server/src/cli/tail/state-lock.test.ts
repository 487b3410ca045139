import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CliError } from '../errors.js'
import { lockState } from './state-lock.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eviltwin-state-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test.each(['state', 'long/'.padEnd(150, 'x')])(
  'a directory that is in use is refused, naming the process: %s',
  async (name) => {
    const directory = join(root, name)
    const lock = await lockState(directory)
    const refused = await lockState(directory).catch((error: Error) => error)
    expect(refused).toBeInstanceOf(CliError)
    expect((refused as Error).message).toBe(
      `another eviltwin tail (process ${process.pid}) uses ${directory}; stop it, or give this one another directory with --state`,
    )
    await lock.release()
    await (await lockState(directory)).release()
  },
)

test('what a process that was killed left does not keep others away', async () => {
  const path = join(root, 'tail.lock')
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('listening'))`,
  ])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(existsSync(path)).toBe(true)
  await (await lockState(root)).release()
})
