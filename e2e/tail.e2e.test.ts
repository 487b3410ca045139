import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type StoredEvent, withTexts } from '../server/src/features/record-texts/index.js'
import { createTestDatabase, type TestDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { createInstallation, type Installation, type RunningServer, SENSOR_KEY } from './server-process.js'

const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
/** More than two batches, so that a kill at the second one leaves lines. */
const LINES_A_ROUND = 2500

const directory = mkdtempSync(join(tmpdir(), 'eviltwin-tail-'))
let store: TestDatabase
let installation: Installation
let server: RunningServer
beforeAll(async () => {
  const [postgres] = inject('postgresServers')
  if (!postgres) throw new Error('no PostgreSQL')
  store = await createTestDatabase(postgres)
  installation = await createInstallation({ DATABASE_URL: store.url, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
  server = await installation.start()
})
afterAll(async () => {
  await server.kill('SIGTERM')
  installation.remove()
  await store.drop()
  rmSync(directory, { recursive: true, force: true })
})

function tail(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'tail', ...args], { env: installation.environment })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...output })),
  )
  return { child, ended }
}

/** What the server stored of a sensor: every event as it was sent. */
async function storedOf(sensor: string): Promise<string[]> {
  const rows = await store.database.app.query<StoredEvent>({
    text: 'SELECT * FROM events WHERE sensor_id = $1 ORDER BY text_block, text_place',
    values: [sensor],
  })
  const texts: string[] = []
  for await (const { raw } of withTexts(store.database.app, rows)) texts.push(raw ?? 'no text')
  return texts
}

async function countOf(sensor: string): Promise<number> {
  const rows = await store.database.app.query({
    text: 'SELECT FROM events WHERE sensor_id = $1',
    values: [sensor],
  })
  return rows.length
}

/** Lines of a honeypot, each another one. */
function createWriter(path: string, sensor: string) {
  const written: string[] = []
  const nextLine = () => {
    const n = written.length
    const time = new Date(Date.UTC(2026, 2, 22, 12) + n).toISOString()
    const line = `{"eventid":"cowrie.command.input","src_ip":"203.0.113.${n % 200}","session":"s${n % 50}","sensor":"${sensor}","timestamp":"${time}","input":"echo ${n}"}`
    written.push(line)
    return `${line}\n`
  }
  return {
    written,
    write: (count: number) => appendFileSync(path, Array.from({ length: count }, nextLine).join('')),
    /** A line in two parts, and what happens in between. */
    writeInterrupted(between: () => void) {
      const line = nextLine()
      appendFileSync(path, line.slice(0, 40))
      between()
      appendFileSync(path, line.slice(40))
    },
  }
}

/**
 * A way to the server that can be interrupted at the second request of a process: before the server gets it, so that nothing may count as sent,
 * or after the server stored it and before the process learns that, so that it sends the same again.
 */
function createWay() {
  let interruption: { isStored: boolean; happen: () => void } | null = null
  let requests = 0
  const way = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    requests += 1
    const due = requests === 2 ? interruption : null
    if (due && !due.isStored) {
      due.happen()
      response.destroy()
      return
    }
    const { 'content-type': type = '', authorization = '' } = request.headers
    const answer = await fetch(`${installation.url}/log`, {
      method: 'POST',
      headers: { 'content-type': type, authorization },
      body: new Uint8Array(Buffer.concat(parts)),
    })
    const text = await answer.text()
    due?.happen()
    if (due) response.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  })
  return {
    listen: () =>
      new Promise<string>((resolve) =>
        way.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(way.address() as AddressInfo).port}`)),
      ),
    interrupt(isStored: boolean, happen: () => void) {
      requests = 0
      interruption = { isStored, happen }
    },
    close() {
      way.closeAllConnections()
      way.close()
    },
  }
}

test('killed ten times during rotation, it loses no line and stores none twice', async () => {
  const path = join(directory, 'cowrie.json')
  const sensor = 'tail-killed'
  const writer = createWriter(path, sensor)
  const way = createWay()
  const url = await way.listen()
  try {
    for (let round = 0; round < 10; round += 1) {
      writer.write(LINES_A_ROUND)
      let child: ChildProcess | null = null
      const kill = () => child?.kill('SIGKILL')
      way.interrupt(round % 2 === 0, () => {
        if (round % 4 < 2) rotateByRenaming(path, writer, kill)
        else rotateByCopying(path, writer, kill, round % 8 < 4)
      })
      const follower = tail(path, '--url', url)
      child = follower.child
      expect((await follower.ended).code).toBe(null)
      // Rotations also happen while it is away, and older logs are compressed.
      writer.write(100)
      if (round % 3 === 2) rotateByRenaming(path, writer, () => {})
      compressOldest(path)
    }
    way.interrupt(false, () => {})
    const last = await tail(path, '--once', '--url', url).ended
    expect(last.code).toBe(0)
  } finally {
    way.close()
  }
  const stored = await storedOf(sensor)
  expect(stored.length).toBe(writer.written.length)
  expect(new Set(stored)).toEqual(new Set(writer.written))
  expect(writer.written.length).toBeGreaterThan(10 * LINES_A_ROUND)
})

type Writer = ReturnType<typeof createWriter>

/** log.2 becomes log.3, log.1 log.2, and so on; compressed ones, too. */
function makeRoom(path: string): void {
  for (let n = 30; n > 0; n -= 1)
    for (const end of ['', '.gz'])
      if (existsSync(`${path}.${n}${end}`)) renameSync(`${path}.${n}${end}`, `${path}.${n + 1}${end}`)
}

function rotateByRenaming(path: string, writer: Writer, kill: () => void): void {
  writer.write(50)
  makeRoom(path)
  kill()
  renameSync(path, `${path}.1`)
  writeFileSync(path, '')
  writer.write(50)
}

/** @param inLine whether the kill comes in the middle of a line; otherwise between the copy and the truncation. */
function rotateByCopying(path: string, writer: Writer, kill: () => void, inLine: boolean): void {
  writer.write(50)
  makeRoom(path)
  writer.writeInterrupted(inLine ? kill : () => {})
  copyFileSync(path, `${path}.1`)
  if (!inLine) kill()
  truncateSync(path)
  writer.write(50)
}

function compressOldest(path: string): void {
  const oldest = Array.from({ length: 30 }, (_, n) => `${path}.${30 - n}`).find((each) => existsSync(each))
  if (oldest === undefined) return
  writeFileSync(`${oldest}.gz`, gzipSync(readFileSync(oldest)))
  unlinkSync(oldest)
}

test('while the server is away lines wait; SIGTERM ends it in order, and the next process begins where it was', async () => {
  const path = join(directory, 'away.json')
  const sensor = 'tail-away'
  const writer = createWriter(path, sensor)
  writer.write(5)
  const first = tail(path)
  await until(async () => (await countOf(sensor)) === 5)
  await server.kill('SIGKILL')
  writer.write(5)
  server = await installation.start()
  await until(async () => (await countOf(sensor)) === 10)
  writer.write(5)
  first.child.kill('SIGTERM')
  const { code, stdout } = await first.ended
  expect(code).toBe(0)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ message }) => message)).toEqual(
    expect.arrayContaining(['Following logs', 'Lines delivered', 'No longer following logs']),
  )
  expect(new Set(await storedOf(sensor))).toEqual(new Set(writer.written))
  const again = await tail(path, '--once').ended
  expect(again).toMatchObject({ code: 0, stderr: '' })
  expect(again.stdout).not.toContain('Lines delivered')
})

test('a second one on the same state directory is refused with the process that uses it, and one on another is not', async () => {
  const path = join(directory, 'two.json')
  const writer = createWriter(path, 'tail-two')
  writer.write(1)
  const first = tail(path)
  await until(async () => (await countOf('tail-two')) === 1)
  const second = await tail(path, '--once').ended
  expect([second.code, second.stderr]).toEqual([
    1,
    expect.stringMatching(
      `another eviltwin tail \\(process ${first.child.pid}\\) uses .*; stop it, or .* --state`,
    ),
  ])
  expect((await tail(path, '--once', '--state', join(directory, 'another')).ended).code).toBe(0)
  first.child.kill('SIGTERM')
  expect((await first.ended).code).toBe(0)
})

test('it states that it runs, with its version; where it may not, it sends lines nevertheless', async () => {
  const path = join(directory, 'beats.json')
  const sensor = 'tail-beats'
  const heartbeats = () =>
    store.database.app.query({
      text: 'SELECT sensor_id, software, spooled_bytes FROM sensor_heartbeats WHERE sensor_id = $1',
      values: [sensor],
    })
  const follower = tail(path, '--sensor', sensor)
  await until(async () => (await heartbeats()).length === 1)
  expect(await heartbeats()).toEqual([{ sensor_id: sensor, software: 'eviltwin tail', spooled_bytes: 0 }])
  follower.child.kill('SIGTERM')
  expect((await follower.ended).code).toBe(0)

  // The key is for several sensors, and none is named.
  const unnamed = tail(path)
  createWriter(path, sensor).write(3)
  await until(async () => (await countOf(sensor)) === 3)
  unnamed.child.kill('SIGTERM')
  const { code, stdout } = await unnamed.ended
  expect(code).toBe(0)
  expect(stdout).toContain('Heartbeat not accepted')
  expect(stdout).toContain('name one with --sensor <id>')
})

test('a key that the server does not know ends --once with the next step; the lines stay for the next run', async () => {
  const path = join(directory, 'refused.json')
  const sensor = 'tail-refused'
  const writer = createWriter(path, sensor)
  writer.write(3)
  const key = join(directory, 'key')
  writeFileSync(key, 'not-a-key\n')
  const refused = await tail(path, '--once', '--key-file', key).ended
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('answered 401')
  expect(refused.stderr).toContain('--key-file')
  expect(refused.stdout + refused.stderr).not.toContain('not-a-key')
  writeFileSync(key, `${SENSOR_KEY}\n`)
  expect((await tail(path, '--once', '--key-file', key).ended).code).toBe(0)
  expect(await countOf(sensor)).toBe(3)
})

test.each([
  [['/var/*/x.json'], '* and ? may be in the name of a file only', 2],
  [['x.json', '--spool-mib', 'much'], 'much is not a number of mebibytes', 2],
  [['x.json', '--key-file', '/nowhere'], 'the sensor key cannot be read', 1],
])('%j is refused, with what to do', async (args, message, exitCode) => {
  const { code, stderr } = await tail(...args, '--once').ended
  expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringContaining(message) })
})
