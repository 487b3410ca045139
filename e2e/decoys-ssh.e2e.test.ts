import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Event, EvidenceFile } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accommodatingIdentity } from '../server/src/testing/decoy-logins.js'
import { fileInArchive } from '../server/src/testing/evidence-archive.js'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import { eventsOf as eventsFrom, keepSeed, type ServerWithDecoys, startWithDecoys } from './decoys.js'
import {
  accessToken,
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
} from './server-process.js'

const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
const GUARD = new URL('../server/dist/decoys/runtime/outbound-guard.js', import.meta.url).href
const CLIENTS = ['/usr/bin/ssh', '/usr/bin/scp', '/usr/bin/sftp', '/usr/bin/sshpass']
const hasClients = CLIENTS.every((path) => existsSync(path))
/** Exit code of sshpass. */
const WRONG_PASSWORD = 5
const AS_NOBODY = process.getuid?.() === 0 ? ['--user', 'nobody'] : []

const { seed, weakPassword } = accommodatingIdentity()

const directory = mkdtempSync(join(tmpdir(), 'eviltwin-decoys-'))
let decoys: ServerWithDecoys<'ssh'>
let installation: Installation
let server: RunningServer
let port: number

beforeAll(async () => {
  decoys = await startWithDecoys(['ssh'], { seed })
  ;({ installation, server } = decoys)
  port = decoys.ports.ssh
})

afterAll(async () => {
  await decoys?.stop()
  rmSync(directory, { recursive: true, force: true })
})

const eventsOf = (address: string, isThere: (event: Event) => boolean) =>
  eventsFrom(decoys.get, address, isThere)

interface Ended {
  code: number | null
  stdout: Buffer
  stderr: string
}

/** Arguments of sshpass for a client of OpenSSH. */
function passwordClient(
  name: string,
  address: string,
  password: string,
  at: number,
  args: readonly string[],
): string[] {
  const settings = [
    ...['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(directory, 'known-hosts')}`, 'LogLevel=INFO'],
    ...[`BindAddress=${address}`, 'NumberOfPasswordPrompts=1', 'PubkeyAuthentication=no', `Port=${at}`],
  ].flatMap((setting) => ['-o', setting])
  return ['-p', password, name, '-F', '/dev/null', ...settings, ...args]
}

/** Runs a client of OpenSSH with a password, from an address of this machine. */
async function client(
  name: 'ssh' | 'scp' | 'sftp',
  address: string,
  password: string,
  args: readonly string[],
  {
    input = Buffer.alloc(0),
    at = port,
    environment = {},
  }: { input?: Buffer | string; at?: number; environment?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const child = spawn('/usr/bin/sshpass', passwordClient(name, address, password, at, args), {
    env: { ...process.env, ...environment },
  })
  const stdout: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (chunk) => stdout.push(chunk))
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: Buffer.concat(stdout), stderr }
}

function recordingsOf(address: string): Promise<Array<{ id: string; is_complete: boolean }>> {
  return decoys
    .get<{ items: Array<{ id: string }> }>(`/sessions?src_ip=${address}&limit=100`)
    .then(({ items }) =>
      Promise.all(
        items.map(({ id }) =>
          decoys.get<{ items: Array<{ id: string; is_complete: boolean }> }>(`/sessions/${id}/recordings`),
        ),
      ),
    )
    .then((pages) => pages.flatMap(({ items }) => items))
}

/** A terminal of OpenSSH that stays open. */
function openTerminal(address: string): { child: ChildProcess; closed: Promise<unknown> } {
  const child = spawn(
    '/usr/bin/sshpass',
    passwordClient('ssh', address, weakPassword, port, ['-tt', 'root@127.0.0.1']),
  )
  return { child, closed: once(child, 'close') }
}

/** An attempt with a wrong password, after which the weak one is accepted. */
async function failOnce(address: string, at = port): Promise<void> {
  const { code } = await client('ssh', address, 'not this one', ['root@127.0.0.1', 'id'], { at })
  expect(code).toBe(WRONG_PASSWORD)
}

/** A file of the vault, as it comes out of the archive that an analyst downloads. */
async function unpacked(hash: string): Promise<Buffer> {
  const response = await fetch(`${installation.url}/evidence/files/${hash}/zip`, {
    headers: { authorization: `Bearer ${await accessToken(installation.url)}` },
  })
  expect(response.status).toBe(200)
  return fileInArchive(new Uint8Array(await response.arrayBuffer()))
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

describe.skipIf(!hasClients)('the SSH decoy and a real OpenSSH', () => {
  test('credentials, fingerprints and commands of a session are stored', async () => {
    const address = '127.0.1.1'
    await failOnce(address)
    const ran = await client('ssh', address, weakPassword, ['root@127.0.0.1', 'no-such-program --now'])
    expect(ran).toMatchObject({ code: 127 })
    const events = await eventsOf(address, ({ event_type }) => event_type === 'command')
    const fields = events.map(({ event_type, outcome, username, password, command }) => ({
      event_type,
      outcome,
      username,
      password,
      command,
    }))
    const login = { event_type: 'login_attempt', username: 'root', command: null }
    expect(fields).toContainEqual({ ...login, outcome: 'failure', password: 'not this one' })
    expect(fields).toContainEqual({ ...login, outcome: 'success', password: weakPassword })
    expect(events).toContainEqual(expect.objectContaining({ command: 'no-such-program --now' }))
    expect(events).toContainEqual(
      expect.objectContaining({ client: expect.stringMatching(/^SSH-2\.0-OpenSSH_/) }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'ssh.kex', client: expect.stringMatching(/^[0-9a-f]{32}$/) }),
    )
    expect(new Set(events.map(({ protocol, sensor_kind }) => `${protocol} ${sensor_kind}`))).toEqual(
      new Set(['ssh eviltwin']),
    )
  })

  test('an offered key is recorded by its fingerprint', async () => {
    const address = '127.0.1.2'
    const key = join(directory, 'attacker-key')
    await ended(spawn('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]))
    const shown = await output('/usr/bin/ssh-keygen', ['-l', '-f', `${key}.pub`])
    const fingerprint = shown.split(' ')[1] ?? ''
    await ended(
      spawn('/usr/bin/ssh', [
        ...['-F', '/dev/null', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
        ...['-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-i', key, '-p', String(port), '-b', address],
        'deploy@127.0.0.1',
      ]),
    )
    const events = await eventsOf(address, ({ action }) => action === 'ssh.publickey')
    expect(events).toContainEqual(
      expect.objectContaining({ username: 'deploy', message: `ssh-ed25519 ${fingerprint}` }),
    )
  })

  test.each([
    ['scp -O', '127.0.1.3', 'scp', ['-O']],
    ['scp', '127.0.1.4', 'scp', []],
    ['sftp', '127.0.1.5', 'sftp', []],
  ] as const)('a file that %s brings is kept by its hash', async (_name, address, program, options) => {
    const content = randomBytes(200_000)
    const file = join(directory, `upload-${address}`)
    writeFileSync(file, content)
    await failOnce(address)
    const args =
      program === 'scp'
        ? [...options, file, 'root@127.0.0.1:/tmp/payload.bin']
        : [...options, 'root@127.0.0.1']
    const input = program === 'scp' ? '' : `put ${file} /tmp/payload.bin\nls -l /tmp\n`
    const sent = await client(program, address, weakPassword, args, { input })
    expect(sent, sent.stderr).toMatchObject({ code: 0 })
    if (program === 'sftp') expect(sent.stdout.toString()).toContain('payload.bin')
    const events = await eventsOf(address, ({ event_type }) => event_type === 'file_upload')
    expect(events).toContainEqual(
      expect.objectContaining({ file_sha256: sha256(content), message: '/tmp/payload.bin' }),
    )
    const session_id = events.find(({ event_type }) => event_type === 'file_upload')?.session_id
    const query = `session_id=${session_id}&sha256=${sha256(content)}`
    const held = await until(async () => {
      const { items } = await decoys.get<{ items: EvidenceFile[] }>(`/evidence/files?${query}`)
      return items[0]
    })
    expect(held).toMatchObject({ sha256: sha256(content), bytes: content.length, sightings: 1 })
    expect(sha256(await unpacked(sha256(content)))).toBe(sha256(content))
  })

  test('what is sent as the input of a command is kept too', async () => {
    const address = '127.0.1.6'
    const content = randomBytes(50_000)
    await failOnce(address)
    await client('ssh', address, weakPassword, ['root@127.0.0.1', 'cat > /tmp/.x'], { input: content })
    const events = await eventsOf(address, ({ event_type }) => event_type === 'file_upload')
    expect(events).toContainEqual(expect.objectContaining({ file_sha256: sha256(content) }))
  })

  test('a terminal echoes, edits lines and remembers them', async () => {
    const address = '127.0.1.7'
    await failOnce(address)
    const typed = 'firzt\u007f\u007fst-command\r\u001b[A\rexit\r'
    const ran = await client('ssh', address, weakPassword, ['-tt', 'root@127.0.0.1'], { input: typed })
    expect(ran.stdout.toString()).toContain('first-command: command not found')
    const events = await eventsOf(address, ({ command }) => command === 'exit')
    const commands = events.flatMap(({ command }) => command ?? [])
    expect(commands.filter((command) => command === 'first-command')).toHaveLength(2)
    expect(events).toContainEqual(expect.objectContaining({ action: 'ssh.pty' }))
  })

  test('a terminal can be watched while it runs', async () => {
    const address = '127.0.1.10'
    await failOnce(address)
    const { child, closed } = openTerminal(address)
    child.stdin?.write('who-is-watching\r')
    const shown = await until(async () => {
      const [recording] = await recordingsOf(address)
      if (recording === undefined) return false
      const { frames } = await decoys.get<{ frames: Array<[number, string, string]> }>(
        `/recordings/${recording.id}/frames`,
      )
      const output = frames.filter(([, code]) => code === 'o').map(([, , text]) => text)
      return output.join('').includes('who-is-watching: command not found') && recording
    })
    expect(shown).toMatchObject({ is_complete: false })
    child.stdin?.end('exit\r')
    await closed
    await until(async () => (await recordingsOf(address))[0]?.is_complete)
  })

  test('forwarding is recorded, and nothing is connected', async () => {
    const address = '127.0.1.8'
    let connections = 0
    const inner = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(inner, 'listening')
    const { port: innerPort } = inner.address() as { port: number }
    await failOnce(address)
    await client('ssh', address, weakPassword, ['-W', `127.0.0.1:${innerPort}`, 'root@127.0.0.1'], {
      input: 'GET / HTTP/1.0\r\n\r\n',
    })
    const events = await eventsOf(address, ({ action }) => action === 'ssh.direct-tcpip.data')
    expect(events).toContainEqual(
      expect.objectContaining({
        event_type: 'proxy_request',
        action: 'ssh.direct-tcpip',
        url: `tcp://127.0.0.1:${innerPort}`,
      }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'ssh.direct-tcpip.data', message: 'GET / HTTP/1.0\r\n\r\n' }),
    )
    expect(connections).toBe(0)
    inner.close()
  })

  test('ssh -R is refused in the words of OpenSSH, and the session goes on', async () => {
    const address = '127.0.1.11'
    await failOnce(address)
    const remote = ['-R', '127.0.0.1:40123:127.0.0.1:9']
    const ran = await client('ssh', address, weakPassword, [...remote, 'root@127.0.0.1', 'echo on'])
    expect(ran).toMatchObject({ code: 0, stdout: Buffer.from('on\n') })
    expect(ran.stderr).toContain('Warning: remote port forwarding failed for listen port 40123')
    const strict = ['-o', 'ExitOnForwardFailure=yes', '-N', ...remote]
    const ended = await client('ssh', address, weakPassword, [...strict, 'root@127.0.0.1'])
    expect(ended.code).toBe(255)
    expect(ended.stderr).toContain('Error: remote port forwarding failed for listen port 40123')
    const events = await eventsOf(address, ({ action }) => action === 'ssh.tcpip-forward')
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'proxy_request', message: '127.0.0.1:40123' }),
    )
  })

  test('a socket of the host cannot be reached, in the words of OpenSSH', async () => {
    const address = '127.0.1.12'
    await failOnce(address)
    const local = join(directory, 'forwarded.sock')
    const forwarding = spawn(
      '/usr/bin/sshpass',
      passwordClient('ssh', address, weakPassword, port, [
        ...['-N', '-L', `${local}:/var/run/docker.sock`, 'root@127.0.0.1'],
      ]),
    )
    let stderr = ''
    forwarding.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => existsSync(local))
    const socket = connect(local)
    await once(socket, 'close')
    await until(() => stderr.includes('open failed: connect failed: open failed'))
    forwarding.kill('SIGTERM')
    await once(forwarding, 'close')
    const events = await eventsOf(address, ({ action }) => action === 'ssh.direct-streamlocal')
    expect(events).toContainEqual(expect.objectContaining({ message: '/var/run/docker.sock' }))
  })

  test('X11 and the agent are not forwarded; that they were asked for is recorded', async () => {
    const address = '127.0.1.13'
    await failOnce(address)
    const socket = join(directory, 'agent.sock')
    const agent = spawn('/usr/bin/ssh-agent', ['-D', '-a', socket])
    await until(() => existsSync(socket))
    const ran = await client(
      'ssh',
      address,
      weakPassword,
      ['-A', '-Y', 'root@127.0.0.1', 'printenv SSH_AUTH_SOCK DISPLAY; echo none'],
      { environment: { SSH_AUTH_SOCK: socket, DISPLAY: '127.0.0.1:99.0' } },
    )
    agent.kill('SIGTERM')
    await once(agent, 'close')
    expect(ran).toMatchObject({ code: 0, stdout: Buffer.from('none\n') })
    expect(ran.stderr).toContain('X11 forwarding request failed on channel 0')
    const events = await eventsOf(address, ({ event_type }) => event_type === 'command')
    expect(events).toContainEqual(
      expect.objectContaining({
        event_type: 'proxy_request',
        action: 'ssh.x11',
        message: 'MIT-MAGIC-COOKIE-1, screen 0',
      }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ event_type: 'proxy_request', action: 'ssh.agent-forwarding' }),
    )
  })

  test('random bytes and connections that are half open leave it alive', async () => {
    const sockets: Socket[] = []
    for (let n = 0; n < 200; n += 1) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.2.${1 + (n % 40)}` })
      socket.on('error', () => {})
      sockets.push(socket)
      if (n % 2 === 0) socket.write(n % 4 === 0 ? 'SSH-2.0-fuzz\r\n' : '')
      if (n % 2 === 0) socket.end(randomBytes(n * 100))
    }
    const address = '127.0.1.9'
    await failOnce(address)
    const ran = await client('ssh', address, weakPassword, ['root@127.0.0.1', 'still-there'])
    expect(ran).toMatchObject({ code: 127 })
    for (const socket of sockets) socket.destroy()
  })

  test('a decoy that is killed is started again, with the same host keys', async () => {
    const before = await hostKeys(port)
    const pids = () =>
      [...server.output().stdout.matchAll(/"pid":(\d+),"message":"Decoy started"/g)].map(([, pid]) =>
        Number(pid),
      )
    process.kill(pids().at(-1) ?? 0, 'SIGKILL')
    await until(() => pids().length === 2)
    expect(await until(async () => (await hostKeys(port)).length === 3 && (await hostKeys(port)))).toEqual(
      before,
    )
  })
})

describe.skipIf(!hasClients)('a decoy apart from the server', () => {
  test('what it recorded while the server was away arrives, also when it was killed meanwhile', async () => {
    const own = await createInstallation({ ADMIN_PASSWORD: PASSWORD })
    const state = join(own.dataDir, 'away')
    const decoyPort = await freePort()
    keepSeed(state, seed)
    let ownServer = await own.start()
    const { stdout: key } = await own.run('key', 'add', 'decoy', '--sensor', 'decoy-away')
    const environment = { ...own.environment, EVILTWIN_KEY: key.trim() }
    const startDecoy = () =>
      listening(
        spawn(
          process.execPath,
          [PROGRAM, 'decoy', 'ssh', '--port', String(decoyPort), '--state', state, ...AS_NOBODY],
          { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
        ),
      )
    let decoy = await startDecoy()
    await ownServer.kill('SIGTERM')
    const address = '127.0.1.20'
    await failOnce(address, decoyPort)
    await client('ssh', address, weakPassword, ['root@127.0.0.1', 'while-away'], { at: decoyPort })
    const spool = join(state, 'decoys', 'ssh', 'records')
    await until(() => filesIn(spool).some((text) => text.includes('while-away')))
    decoy.kill('SIGKILL')
    await once(decoy, 'close')
    ownServer = await own.start()
    decoy = await startDecoy()
    const get = await reader(own.url)
    const events = await eventsFrom(get, address, ({ command }) => command === 'while-away')
    expect(events).toContainEqual(expect.objectContaining({ password: weakPassword, outcome: 'success' }))
    decoy.kill('SIGTERM')
    await once(decoy, 'close')
    await ownServer.kill('SIGTERM')
    own.remove()
  })
})

test('a decoy connects to the platform alone', async () => {
  const allowed = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(allowed, 'listening')
  const { port: allowedPort } = allowed.address() as { port: number }
  const script = `
    import { exec } from 'node:child_process'
    import { createSocket } from 'node:dgram'
    import { connect } from 'node:net'
    const { guardOutbound } = await import(${JSON.stringify(GUARD)})
    guardOutbound('http://127.0.0.1:${allowedPort}', (target) => console.log('refused', target))
    const attempt = async (name, work) => console.log(name, await work().then(() => 'reached', () => 'not reached'))
    const opened = (socket) => new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    await attempt('platform', async () => opened(connect(${allowedPort}, '127.0.0.1')))
    await attempt('port', async () => opened(connect(${port}, '127.0.0.1')))
    await attempt('host', async () => opened(connect({ host: '127.0.0.9', port: ${allowedPort} })))
    await attempt('path', async () => opened(connect('/tmp/no.sock')))
    await attempt('fetch', () => fetch('http://127.0.0.2:${allowedPort}/'))
    await attempt('datagram', async () => createSocket('udp4').send('x', 9, '127.0.0.1'))
    await attempt('program', async () => exec('true'))
    process.exit(0)`
  const lines = (await output(process.execPath, ['--input-type=module', '-e', script])).trim().split('\n')
  expect(lines.filter((line) => !line.startsWith('refused'))).toEqual([
    'platform reached',
    'port not reached',
    'host not reached',
    'path not reached',
    'fetch not reached',
    'datagram not reached',
    'program not reached',
  ])
  expect(lines.filter((line) => line.startsWith('refused'))).toHaveLength(6)
  allowed.close()
})

describe('eviltwin decoy', () => {
  const keyFile = join(directory, 'decoy.key')
  beforeAll(() => writeFileSync(keyFile, 'et_unused'))

  test('refuses an address that other machines reach, unless that is confirmed', async () => {
    const refused = await installation.run('decoy', 'ssh', '--host', '0.0.0.0', '--port', '0')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('--public')
  })

  test.runIf(process.getuid?.() === 0)('does not run as root', async () => {
    const refused = await installation.run('decoy', 'ssh', '--port', '0')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('--user nobody')
  })

  test.runIf(process.getuid?.() === 0)('ends where its user may not enter the state directory', async () => {
    const state = mkdtempSync(join(directory, 'of-root-'))
    const words = ['--port', '0', '--state', state, '--key-file', keyFile, ...AS_NOBODY]
    const refused = await installation.run('decoy', 'redis', ...words)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('--state that its user may pass through')
  })

  test('does not start without a key, nor with bait that it does not show', async () => {
    const noKey = join(directory, 'empty.key')
    writeFileSync(noKey, '')
    const withoutKey = await installation.run(
      'decoy',
      'redis',
      '--port',
      '0',
      '--key-file',
      noKey,
      ...AS_NOBODY,
    )
    expect(withoutKey.code).toBe(1)
    expect(withoutKey.stderr).toContain('EVILTWIN_KEY')
    const words = ['--bait', 'pages.yaml', '--key-file', keyFile, ...AS_NOBODY]
    const withBait = await installation.run('decoy', 'redis', '--port', '0', ...words)
    expect(withBait.code).toBe(2)
    expect(withBait.stderr).toContain('--bait')
  })

  test('says on stderr what a public bind exposes', async () => {
    const child = spawn(
      process.execPath,
      [
        PROGRAM,
        'decoy',
        'ssh',
        '--host',
        '0.0.0.0',
        '--public',
        '--port',
        '0',
        '--state',
        join(installation.dataDir, 'public'),
        '--key-file',
        keyFile,
        ...AS_NOBODY,
      ],
      { env: installation.environment, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => stderr.includes('PUBLIC'))
    expect(stderr).toContain('every address of this machine')
    child.kill('SIGTERM')
    await once(child, 'close')
  })
})

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
  // What is written is whole once it has its name.
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ndjson')) : []
  return names.flatMap((name) => {
    try {
      return [readFileSync(join(folder, name), 'utf8')]
    } catch {
      return []
    }
  })
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.end()
  await once(child, 'close')
}

function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)))
  })
}

/** Lines of ssh-keyscan; empty while nothing listens. */
async function hostKeys(at: number): Promise<string[]> {
  const lines = await output('/usr/bin/ssh-keyscan', ['-p', String(at), '127.0.0.1']).catch(() => '')
  return lines.trim().split('\n').filter(Boolean).sort()
}
