import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type ListeningDecoy, listenWith } from '../../testing/decoy-harness.js'
import { accommodatingIdentity } from '../../testing/decoy-logins.js'
import { assertAnyStream } from '../../testing/decoy-properties.js'
import { until } from '../../testing/until.js'
import { createTelnetDecoy } from './decoy.js'

const CLIENT = '/usr/bin/telnet'
const { identity, weakPassword } = accommodatingIdentity()

let listening: ListeningDecoy
afterEach(() => listening.stop())

const loginsOf = ({ records }: ListeningDecoy) =>
  records().filter(({ event_type }) => event_type === 'login_attempt')

async function open(): Promise<Socket> {
  listening = await listenWith(createTelnetDecoy, { identity })
  return connect(listening.port, '127.0.0.1').on('error', () => {})
}

/** Types lines, each after what it waits for was shown. @returns all that was shown until the end. */
async function converse(
  stream: { input: NodeJS.WritableStream; output: NodeJS.ReadableStream },
  steps: ReadonlyArray<readonly [string, string]>,
): Promise<string> {
  let all = ''
  let from = 0
  const remaining = [...steps]
  for await (const bytes of stream.output) {
    all += (bytes as Buffer).toString('latin1')
    for (let step = remaining[0]; step !== undefined && all.includes(step[0], from); step = remaining[0]) {
      from = all.indexOf(step[0], from) + step[0].length
      remaining.shift()
      stream.input.write(step[1])
    }
  }
  return all
}

/** A login that fails, and one that is accepted. @param end of a line. */
const logIn = (end = '\r\n'): ReadonlyArray<readonly [string, string]> => [
  ['login: ', `root${end}`],
  ['Password: ', `not this one${end}`],
  ['login: ', `root${end}`],
  ['Password: ', `${weakPassword}${end}`],
]

describe('the login', () => {
  test('an account that does not exist, and an empty password, are never accepted', async () => {
    const socket = await open()
    const attempts = ['q7x-nobody', 'q7x-nobody', 'q7x-nobody', 'root', 'root'].flatMap(
      (name, n) =>
        [
          ['login: ', `${name}\r\n`],
          ['Password: ', n < 3 ? `${weakPassword}\r\n` : '\r\n'],
        ] as const,
    )
    await converse({ input: socket, output: socket }, attempts)
    expect(loginsOf(listening).map(({ outcome }) => outcome)).toEqual(Array(5).fill('failure'))
  })

  test('what was accepted once is accepted again, in another connection and at once', async () => {
    const socket = await open()
    await converse({ input: socket, output: socket }, [...logIn(), ['# ', 'exit\r\n']])
    const again = connect(listening.port, '127.0.0.1')
    const [, , , [, password]] = logIn() as [unknown, unknown, unknown, readonly [string, string]]
    await converse({ input: again, output: again }, [
      ['login: ', 'root\r\n'],
      ['Password: ', password],
      ['# ', 'exit\r\n'],
    ])
    expect(loginsOf(listening).map(({ outcome }) => outcome)).toEqual(['failure', 'success', 'success'])
  })

  test('neither password nor what was typed before the login is shown or comes back by the arrow keys', async () => {
    const socket = await open()
    const text = await converse({ input: socket, output: socket }, [
      ...logIn().slice(0, -1),
      ['Password: ', `${weakPassword}\r\n\u001b[A\u001b[A\r\nexit\r\n`],
    ])
    expect(text).not.toContain(weakPassword)
    expect(text).not.toContain('not this one')
    expect(listening.records().filter(({ event_type }) => event_type === 'command')).toEqual([
      expect.objectContaining({ command: 'exit' }),
    ])
  })

  test('Ctrl-C and Ctrl-D end it', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const socket = await open()
      await converse({ input: socket, output: socket }, [['login: ', key]])
      expect(loginsOf(listening)).toEqual([])
      await listening.stop()
    }
    listening = await listenWith(createTelnetDecoy, { identity })
  })
})

test('a bot logs in, and asks as Mirai does', async () => {
  const socket = await open()
  const text = await converse({ input: socket, output: socket }, [
    ...logIn(),
    ['# ', 'enable\r\n'],
    ['# ', 'system\r\n'],
    ['# ', 'shell\r\n'],
    ['# ', 'sh\r\n'],
    ['# ', '/bin/busybox MIRAI\r\n'],
    ['applet not found', 'exit\r\n'],
  ])
  await until(() => listening.open() === 0)
  expect(text).toContain('Last login: ')
  expect(text).toContain('-bash: system: command not found')
  expect(text).toContain('MIRAI: applet not found')
  expect(loginsOf(listening).at(-1)).toMatchObject({ outcome: 'success', username: 'root' })
  const commands = listening.records().filter(({ event_type }) => event_type === 'command')
  expect(commands.map(({ action, command }) => [action, command])).toEqual(
    ['enable', 'system', 'shell', 'sh', '/bin/busybox MIRAI', 'exit'].map((command) => [
      'telnet.command',
      command,
    ]),
  )
  expect(listening.sessions[0]?.shown.join('')).toContain('MIRAI: applet not found')
})

test.skipIf(!existsSync(CLIENT))('the telnet client of the system logs in and runs a command', async () => {
  listening = await listenWith(createTelnetDecoy, { identity })
  const client = spawn(CLIENT, ['127.0.0.1', String(listening.port)], { stdio: ['pipe', 'pipe', 'ignore'] })
  const text = await converse({ input: client.stdin, output: client.stdout }, [
    ...logIn('\n'),
    ['# ', 'echo one-$((1+1))\n'],
    ['one-2', 'exit\n'],
  ])
  expect(text).toContain('one-2')
})

test('a terminal has so many lines, and then it ends', async () => {
  const socket = await open()
  socket.resume()
  const text = converse({ input: socket, output: socket }, [...logIn(), ['# ', ':\r'.repeat(6_000)]])
  expect((await text).match(/:\r\n/g)?.length).toBeLessThanOrEqual(6_001)
  const commands = listening.records().filter(({ event_type }) => event_type === 'command')
  expect(commands).toHaveLength(5_000)
})

test('random bytes end a connection at most, and the decoy goes on', async () => {
  listening = await listenWith(createTelnetDecoy, { identity })
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(listening.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.end(Buffer.concat([randomBytes(2_000), Buffer.alloc(2_000, 255), Buffer.from([255, 250])]))
    await once(socket, 'close')
  }
  await until(() => listening.open() === 0)
  expect(listening.failures).toEqual([])
  const socket = connect(listening.port, '127.0.0.1')
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(first.length).toBeGreaterThan(0)
  socket.destroy()
})

test('whatever the bytes are, and however they arrive, the records are the same', async () => {
  listening = await listenWith(createTelnetDecoy, { identity })
  await assertAnyStream(createTelnetDecoy, [
    'nobody-here\r\n',
    'a password\r\0',
    '\xff\xfb\x18\xff\xfd\x01',
    '\xff\xfa\x1f\x00\x78\x00\x28\xff\xf0',
    '\xff\xfa\x18\x00',
    '\xff\xf6\xff\xf7',
    '\u001b[A\r',
  ])
})
