import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'

const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'eviltwin-replay-'))
const LINES = Array.from({ length: 60 }, (_, n) => `{"n":${n}}`)

/** What was sent to POST /log, a body each; and how many requests are answered before the others wait for ever. */
let bodies: Buffer[] = []
let answered = Number.POSITIVE_INFINITY
let status = 200
let largest = Number.POSITIVE_INFINITY
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  if (body.length > largest) {
    response.statusCode = 413
    response.end()
    return
  }
  bodies.push(body)
  if (bodies.length > answered) return
  const lines = body.toString('latin1').trim().split('\n')
  const accepted = lines.filter((line) => line.startsWith('{')).length
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      accepted,
      duplicates: 0,
      quarantined: lines.length - accepted,
      errors: [],
    }),
  )
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  bodies = []
  answered = Number.POSITIVE_INFINITY
  status = 200
  largest = Number.POSITIVE_INFINITY
})

function start(file: string, ...options: string[]) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const child = spawn(process.execPath, [PROGRAM, 'replay', file, '--url', url, ...options], {
    env: { ...process.env, XDG_STATE_HOME: directory, EVILTWIN_KEY: 'k' },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...output })),
  )
  return { child, ended }
}
const fileOf = (name: string, content: string | Buffer) => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}
const sent = () => bodies.flatMap((body) => body.toString('utf8').trim().split('\n'))

test('an interrupted replay says how far it came, and goes on where it stopped', async () => {
  const file = fileOf('interrupted.ndjson', `${LINES.join('\n')}\n`)
  answered = 3
  const first = start(file, '--batch', '10')
  await until(async () => bodies.length === 4)
  first.child.kill('SIGINT')
  const { code, stderr } = await first.ended
  expect({ code, stderr }).toEqual({
    code: 130,
    stderr: expect.stringContaining('stopped behind line 30 of'),
  })
  expect(stderr).toContain('--resume')
  bodies = []
  answered = Number.POSITIVE_INFINITY
  const second = await start(file, '--batch', '10', '--resume').ended
  expect(second).toMatchObject({ code: 0, stdout: '30 lines: 30 accepted, 0 duplicates, 0 quarantined\n' })
  expect(sent()).toEqual(LINES.slice(30))
})

test('a server that is not there fails the replay, naming it and the next step', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  const { code, stderr } = await start(fileOf('dead.ndjson', LINES.join('\n')), '--url', url).ended
  expect(code).toBe(1)
  expect(stderr).toContain(`${url} cannot be reached`)
  expect(stderr).toContain('start the server')
  expect(stderr).toContain('none of the lines')
})

test('a refused key says that nothing was accepted', async () => {
  status = 401
  const { code, stderr } = await start(fileOf('refused.ndjson', LINES.join('\n'))).ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('none of the lines') })
  expect(stderr).toContain('EVILTWIN_KEY')
  expect(bodies).toHaveLength(1)
})

test('batches are bounded by bytes, and bytes are sent as they are', async () => {
  const big = Array.from({ length: 20 }, (_, n) =>
    Buffer.from(`{"n":${n},"caf\xe9":"${'B'.repeat(900_000)}"}`, 'latin1'),
  )
  const content = Buffer.concat(big.flatMap((line) => [line, Buffer.from('\n')]))
  const { code, stdout } = await start(fileOf('big.ndjson.gz', gzipSync(content))).ended
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: '20 lines: 20 accepted, 0 duplicates, 0 quarantined\n',
  })
  expect(Math.max(...bodies.map(({ length }) => length))).toBeLessThan(5_000_000)
  expect(Buffer.concat(bodies).equals(content)).toBe(true)
})

test('a file that is no log is given up after ten lines, with what it seems to be', async () => {
  const { code, stderr } = await start(fileOf('README.md', 'words\n'.repeat(51))).ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('seems to be text') })
  expect(sent()).toHaveLength(10)
})

test.each([
  ['array.ndjson', '[{"n":1},{"n":2}]\n', 'JSON arrays'],
  ['two.txt', 'words\nwords\n', 'text'],
])('a short file without any event fails, too: %s', async (name, content, kind) => {
  const { code, stderr } = await start(fileOf(name, content)).ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`seems to be ${kind}`) })
})

test('a line that the server does not take is left out and named; the others arrive', async () => {
  largest = 200
  const lines = [LINES[0], `{"big":"${'B'.repeat(300)}"}`, ...LINES.slice(1, 5)]
  const { code, stdout, stderr } = await start(fileOf('one-big.ndjson', `${lines.join('\n')}\n`)).ended
  expect(stderr).toContain('a line of 310 bytes')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '6 lines: 5 accepted, 0 duplicates, 0 quarantined\n' })
  expect(sent()).toEqual(LINES.slice(0, 5))
})

test('a damaged gzip file is one line that names it', async () => {
  const file = fileOf('damaged.gz', 'not gzip')
  const { code, stderr } = await start(file).ended
  expect(code).toBe(1)
  expect(stderr).toContain(`eviltwin: ${file} cannot be read: incorrect header check`)
  expect(stderr).not.toContain('    at ')
})
