import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { feed, type ListeningDecoy, listenWith, testIdentity } from '../../testing/decoy-harness.js'
import { assertAnyStream } from '../../testing/decoy-properties.js'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createDataPorts } from './data-connection.js'
import { createFtpDecoy } from './decoy.js'
import { ftpProfileOf } from './ftp-profile.js'

const run = promisify(execFile)
const { adminPassword } = baitSecretsOf(testIdentity())

let listening: ListeningDecoy | null = null
let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-ftp-'))
})
afterEach(async () => {
  await listening?.stop()
  listening = null
  rmSync(directory, { recursive: true, force: true })
})

const url = (path: string) => `ftp://127.0.0.1:${listening?.port}${path}`

describe.skipIf(!existsSync('/usr/bin/curl'))('curl', () => {
  const curl = (...parameters: string[]) => run('/usr/bin/curl', ['-sS', '--max-time', '30', ...parameters])

  test('lists and reads bait, which is recognised when it is used', async () => {
    listening = await listenWith(createFtpDecoy)
    const { stdout: top } = await curl(url('/'))
    const folder = /^d.* (\w+)\r?$/m.exec(top)?.[1]
    const { stdout: names } = await curl('--list-only', url(`/${folder}/`))
    expect(names).toContain('.sql')
    const { stdout: dump } = await curl(
      url(`/${folder}/${names.split(/\r?\n/).find((name) => name.endsWith('.sql'))}`),
    )
    expect(dump).toContain(adminPassword)
    await curl('--user', `admin:${adminPassword}`, url('/'))
    const logins = listening.records().filter(({ event_type }) => event_type === 'login_attempt')
    expect(logins[0]).toMatchObject({ username: 'anonymous', outcome: 'success' })
    expect(logins.at(-1)).toMatchObject({ outcome: 'success', details: { bait: ['adminPassword'] } })
    expect(listening.records().filter(({ event_type }) => event_type === 'file_download')).toHaveLength(1)
  })

  test('what it stores is kept, and shown to nobody', async () => {
    listening = await listenWith(createFtpDecoy)
    writeFileSync(join(directory, 'tool.bin'), Buffer.from([0, 1, 2, 255]))
    await curl('-T', join(directory, 'tool.bin'), url('/tool.bin'))
    await curl('--disable-epsv', '-T', join(directory, 'tool.bin'), url('/other.bin'))
    expect(listening.files().map(({ name, content }) => [name, content.toString('hex')])).toEqual([
      ['tool.bin', '000102ff'],
      ['other.bin', '000102ff'],
    ])
    expect((await curl(url('/'))).stdout).not.toContain('tool.bin')
  })

  test('a wrong password is recorded and refused', async () => {
    listening = await listenWith(createFtpDecoy)
    await expect(curl('--user', 'root:unlikely', url('/'))).rejects.toThrow(/denied|530/)
    expect(listening.records()).toContainEqual(
      expect.objectContaining({ username: 'root', password: 'unlikely', outcome: 'failure' }),
    )
  })
})

test.skipIf(!existsSync('/usr/bin/lftp'))('lftp mirrors the bait', async () => {
  listening = await listenWith(createFtpDecoy)
  const script = `set net:max-retries 1; set net:timeout 20; set ssl:verify-certificate no; open ${url('/')}; mirror / ${directory}/copy; bye`
  await run('/usr/bin/lftp', ['-c', script], { env: { ...process.env, HOME: directory } })
  expect(readFileSync(join(directory, 'copy', 'readme.txt'), 'utf8')).toContain('Files of')
  expect(listening.failures).toEqual([])
})

describe('an FTP server that is none', () => {
  const decoy = createFtpDecoy({ identity: testIdentity(), log: silent('decoy'), now: Date.now })
  const say = (text: string) => feed(decoy, [Buffer.from(text, 'latin1')])
  const LOGIN = 'USER anonymous\r\nPASS x@y\r\n'

  test('PORT and EPRT are recorded, and nothing is connected to', async () => {
    const connections: Socket[] = []
    const target = createServer((socket) => void connections.push(socket)).listen(0, '127.0.0.1')
    await once(target, 'listening')
    const { port } = target.address() as { port: number }
    const { session, answer } = await say(
      `${LOGIN}PORT 127,0,0,1,${port >> 8},${port & 255}\r\nLIST\r\nEPRT |1|127.0.0.1|${port}|\r\nLIST\r\nQUIT\r\n`,
    )
    expect(
      session.records.filter(({ event_type }) => event_type === 'proxy_request').map(({ url }) => url),
    ).toEqual([`tcp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`])
    expect(String(answer).match(/^425/gm)).toHaveLength(2)
    expect(connections).toEqual([])
    target.close()
  })

  test.each([
    ['LIST\r\n', '530'],
    ['AUTH TLS\r\n', '530'],
    [`${LOGIN}LIST\r\n`, '425'],
    [`${LOGIN}RETR ../../etc/passwd\r\n`, '550'],
    [`${LOGIN}CWD ../../../\r\n`, '250'],
    [`${LOGIN}PORT 1,2\r\n`, '501'],
    [`${LOGIN}EPRT x\r\n`, '501'],
    [`${LOGIN}SITE EXEC id\r\n`, '500'],
    [`${LOGIN}constructor\r\n`, '500'],
    ['PASS x\r\n', '503'],
  ])('%j is answered with %s', async (input, code) => {
    const { answer } = await say(input)
    expect(String(answer).trimEnd().split('\r\n').at(-1)?.slice(0, 3)).toBe(code)
  })

  test('six wrong passwords end a connection', async () => {
    const { answer } = await say('USER root\r\nPASS no-such-password\r\n'.repeat(20))
    expect(String(answer).match(/^530/gm)).toHaveLength(6)
  })

  test('a data port takes the client alone, and one connection of it', async () => {
    const ports = createDataPorts()
    const other = await ports.open('127.0.0.1', '127.0.0.9')
    const refused = connect(other?.port ?? 0, '127.0.0.1').on('error', () => {})
    await once(refused, 'close')
    other?.close()
    expect(await other?.socket()).toBeNull()

    const own = await ports.open('127.0.0.1', '::ffff:127.0.0.1')
    const first = connect(own?.port ?? 0, '127.0.0.1')
    expect(await own?.socket()).not.toBeNull()
    const second = connect(own?.port ?? 0, '127.0.0.1').on('error', () => {})
    await once(second, 'close')
    const closed = once(first, 'close')
    own?.close()
    first.on('error', () => {})
    await closed
  })

  test('there are at most 64 data ports, which close when they are done', async () => {
    const ports = createDataPorts()
    const opened = await Promise.all(Array.from({ length: 70 }, () => ports.open('127.0.0.1', '127.0.0.1')))
    expect(opened.filter((port) => port !== null)).toHaveLength(64)
    for (const port of opened) port?.close()
    await until(() => ports.count() === 0)
  })

  test('a data port that nobody opens, and a transfer that does not end, are closed', async () => {
    const unopened = await createDataPorts({ waitMs: 1, transferMs: 60_000 }).open('127.0.0.1', '127.0.0.1')
    expect(await unopened?.socket()).toBeNull()
    const ports = createDataPorts({ waitMs: 60_000, transferMs: 1 })
    const silent = await ports.open('127.0.0.1', '127.0.0.1')
    const client = connect(silent?.port ?? 0, '127.0.0.1').on('error', () => {})
    client.resume()
    expect(await silent?.socket()).not.toBeNull()
    await once(client, 'close')
    await until(() => ports.count() === 0)
  })

  test('a client that is gone does not keep its data port', async () => {
    listening = await listenWith(createFtpDecoy)
    const client = connect(listening.port, '127.0.0.1').on('error', () => {})
    client.write('USER anonymous\r\nPASS x\r\nPASV\r\nLIST\r\n')
    await new Promise<void>((resolve) => {
      client.on('data', (data) => String(data).includes('150 ') && resolve())
    })
    client.destroy()
    await until(() => listening?.open() === 0)
  })

  test('a host that gives no port gives none', async () => {
    const ports = createDataPorts()
    expect(await ports.open('192.0.2.1', '192.0.2.1')).toBeNull()
    expect(ports.count()).toBe(0)
  })

  test('installations present themselves differently', () => {
    const banners = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (seed) => ftpProfileOf(testIdentity(seed)).banner,
    )
    expect(new Set(banners).size).toBeGreaterThan(3)
  })

  test('whatever the bytes are, and however they arrive, the records are the same', async () => {
    await assertAnyStream(createFtpDecoy, [
      'USER anonymous\r\n',
      'USER root\r\n',
      'PASS secret\r\n',
      'LIST\r\n',
      'CWD /x\r\n',
      'RETR readme.txt\r\n',
      'STOR a\r\n',
      'PORT 1,2,3,4,5,6\r\n',
      'FEAT\r\n',
      'QUIT\r\n',
    ])
  })
})
