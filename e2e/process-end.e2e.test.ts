import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { until } from '../server/src/testing/until.js'
import { createInstallation, type Installation, PASSWORD, SENSOR_KEY } from './server-process.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROGRAM = join(ROOT, 'server', 'bin', 'eviltwin.mjs')
/** What supervisors wait for before they kill. */
const LONGEST_STOP_MS = 10_000

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** A server whose stdout and stderr are pipes that nobody reads yet, ready for requests. */
async function startUnread(environment: NodeJS.ProcessEnv = {}) {
  const installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    ...environment,
  })
  const env = installation.environment
  const child = spawn(process.execPath, [PROGRAM, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  cleanups.push(() => installation.remove())
  cleanups.push(() => child.kill('SIGKILL'))
  return { installation, child, exited: exitOf(child) }
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
}

const isReady = (url: string) =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  )

/** @returns `ended`, or null when the process outlives what a supervisor waits for. */
function withinSupervisorsPatience<Ended>(ended: Promise<Ended>): Promise<Ended | null> {
  const patience = new Promise<null>((resolve) => {
    const timer = setTimeout(() => resolve(null), LONGEST_STOP_MS)
    cleanups.push(() => clearTimeout(timer))
  })
  return Promise.race([ended, patience])
}

const pidFileOf = ({ dataDir }: Installation) => join(dataDir, 'postgres', 'cluster', 'postmaster.pid')

test('goes on when the readers of stdout and stderr go away, and stops gracefully', async () => {
  const { installation, child, exited } = await startUnread({ LOG_LEVEL: 'DEBUG' })
  child.stdout?.once('data', () => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  })
  await until(() => isReady(installation.url))
  const event = { source_ip: '203.0.113.7', occurred_at: new Date().toISOString(), username: 'root' }
  const answer = await fetch(`${installation.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  })
  expect(await answer.json()).toMatchObject({ status: 'processed' })
  child.kill('SIGTERM')
  expect(await withinSupervisorsPatience(exited)).toEqual({ code: 0, signal: null })
  expect(existsSync(pidFileOf(installation))).toBe(false)
})

test('a reader that stands still does not keep it from ending', async () => {
  const { installation, child, exited } = await startUnread({ LOG_LEVEL: 'DEBUG' })
  await until(() => isReady(installation.url))
  // Several times what a pipe holds.
  for (let request = 0; request < 3_000; request += 1) {
    await fetch(`${installation.url}/health`).then((answer) => answer.arrayBuffer())
  }
  child.kill('SIGTERM')
  expect(await withinSupervisorsPatience(exited)).not.toBeNull()
  expect(existsSync(pidFileOf(installation))).toBe(false)
})

test('a request that never ends does not keep it from ending gracefully', async () => {
  const { installation, child, exited } = await startUnread()
  await until(() => isReady(installation.url))
  const socket = connect(Number(new URL(installation.url).port), '127.0.0.1')
  cleanups.push(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(
    `POST /log HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${SENSOR_KEY}\r\n` +
      'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
  )
  await until(() => socket.bytesWritten > 0 && !socket.connecting)
  await fetch(`${installation.url}/health`)
  child.kill('SIGTERM')
  expect(await withinSupervisorsPatience(exited)).toEqual({ code: 0, signal: null })
  expect(existsSync(pidFileOf(installation))).toBe(false)
})

test('a database that hangs does not keep it from ending, and is there at the next start', async () => {
  const { installation, child, exited } = await startUnread()
  await until(() => isReady(installation.url))
  const postmaster = Number(readFileSync(pidFileOf(installation), 'utf8').split('\n')[0])
  process.kill(-postmaster, 'SIGSTOP')
  try {
    child.kill('SIGTERM')
    expect(await withinSupervisorsPatience(exited)).not.toBeNull()
  } finally {
    process.kill(-postmaster, 'SIGCONT')
  }
  const next = await installation.start()
  await next.kill('SIGTERM')
  expect(next.process.exitCode).toBe(0)
})

/** Without this `npm start` would install and build first, in the tree that the other tests run in. */
const isPrepared =
  spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      "process.exit((await import('./scripts/prepare.mjs')).isPrepared() ? 0 : 1)",
    ],
    { cwd: ROOT },
  ).status === 0

test.runIf(isPrepared)(
  'a SIGTERM to the process of `npm start` stops the server, npm waits for it, and stdout held nothing but the log',
  async () => {
    const installation = await createInstallation()
    cleanups.push(() => installation.remove())
    // The level of the npm that runs this test must not reach the one under test.
    const { npm_config_loglevel: _, ...environment } = installation.environment
    const npm = spawn('npm', ['start'], { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'ignore'] })
    let stdout = ''
    npm.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    const exited = exitOf(npm)
    cleanups.push(() => npm.kill('SIGKILL'))
    await until(() => isReady(installation.url))
    npm.kill('SIGTERM')
    expect(await withinSupervisorsPatience(exited)).not.toBeNull()
    expect(await isReady(installation.url)).toBe(false)
    expect(existsSync(pidFileOf(installation))).toBe(false)
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).message)
    expect(messages).toContain('Service stopped')
  },
)
