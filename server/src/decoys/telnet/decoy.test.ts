import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Logger } from '../../platform/logger.js'
import { identityOf } from '../../testing/decoy-shell.js'
import type { DecoyAction } from '../decoy.js'
import { createTelnetDecoy } from './decoy.js'

const nothing = (): void => {}
const silent: Logger = { debug: nothing, info: nothing, warning: nothing, error: nothing, critical: nothing }

const CLIENT = 'telnet'
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A decoy on a free port of 127.0.0.1, what it recorded, and when its connections ended. */
async function serve(): Promise<{
  port: number
  records: DecoyAction[]
  shown: string[]
  ended: () => Promise<unknown>
}> {
  const records: DecoyAction[] = []
  const shown: string[] = []
  const endings: Array<Promise<void>> = []
  const decoy = createTelnetDecoy({
    identity: identityOf('telnet'),
    log: silent,
    now: Date.now,
  })
  const server = createServer((socket) => {
    socket.on('error', () => {})
    endings.push(
      decoy.serve(
        socket,
        {
          id: 'one',
          source_ip: '127.0.0.1',
          source_port: 1,
          record: (action) => records.push(action),
          keepFile: () => '0'.repeat(64),
          recordTerminal: () => ({
            output: (text) => shown.push(text),
            input: () => {},
            resize: () => {},
            end: () => {},
          }),
        },
        new AbortController().signal,
      ),
    )
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, records, shown, ended: () => Promise.all(endings) }
}

/** Types lines, each after what it waits for was shown. */
async function converse(
  stream: { input: NodeJS.WritableStream; output: NodeJS.ReadableStream },
  steps: ReadonlyArray<[string, string]>,
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

const LOGIN: ReadonlyArray<[string, string]> = [
  ['login: ', 'root\r\n'],
  ['Password: ', 'first\r\n'],
  ['login: ', 'root\r\n'],
  ['Password: ', 'second\r\n'],
  ['login: ', 'root\r\n'],
  ['Password: ', 'third\r\n'],
]
/** As many of them as this installation needs. */
const NEEDED = LOGIN.slice(0, (identityOf('telnet').choose('telnet attempts', [0, 1, 1, 2]) + 1) * 2)

const isPresent = (program: string): boolean => {
  try {
    execFileSync('which', [program])
    return existsSync('/usr/bin/env')
  } catch {
    return false
  }
}

test('an account that does not exist, and an empty password, are never accepted', async () => {
  const { port, records } = await serve()
  const socket = connect(port, '127.0.0.1')
  await converse({ input: socket, output: socket }, [
    ['login: ', 'q7x-nobody\r\n'],
    ['Password: ', 'one\r\n'],
    ['login: ', 'q7x-nobody\r\n'],
    ['Password: ', 'two\r\n'],
    ['login: ', 'q7x-nobody\r\n'],
    ['Password: ', 'three\r\n'],
    ['login: ', 'root\r\n'],
    ['Password: ', '\r\n'],
    ['login: ', 'root\r\n'],
    ['Password: ', '\r\n'],
  ])
  const attempts = records.filter(({ event_type }) => event_type === 'login_attempt')
  expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill('failure'))
})

test('a bot logs in, and asks as Mirai does', async () => {
  const { port, records, shown, ended } = await serve()
  const socket = connect(port, '127.0.0.1')
  const text = await converse({ input: socket, output: socket }, [
    ...NEEDED,
    ['# ', 'enable\r\n'],
    ['# ', 'system\r\n'],
    ['# ', 'shell\r\n'],
    ['# ', 'sh\r\n'],
    ['# ', '/bin/busybox MIRAI\r\n'],
    ['applet not found', 'exit\r\n'],
  ])
  await ended()
  expect(text).toContain('-bash: system: command not found')
  expect(text).toContain('MIRAI: applet not found')
  expect(text).not.toContain('second')
  expect(records.filter(({ event_type }) => event_type === 'login_attempt').at(-1)).toMatchObject({
    outcome: 'success',
    username: 'root',
  })
  expect(records.filter(({ event_type }) => event_type === 'command').map(({ command }) => command)).toEqual([
    'enable',
    'system',
    'shell',
    'sh',
    '/bin/busybox MIRAI',
    'exit',
  ])
  expect(shown.join('')).toContain('MIRAI: applet not found')
})

test.skipIf(!isPresent(CLIENT))('the telnet client of the system logs in and runs a command', async () => {
  const { port } = await serve()
  const client = spawn(CLIENT, ['127.0.0.1', String(port)], { stdio: ['pipe', 'pipe', 'ignore'] })
  const text = await converse({ input: client.stdin, output: client.stdout }, [
    ...NEEDED.map(([wanted, line]): [string, string] => [wanted, line.replace('\r', '')]),
    ['# ', 'echo one-$((1+1))\n'],
    ['one-2', 'exit\n'],
  ])
  expect(text).toContain('one-2')
})

test('random bytes end a connection at most, and the decoy goes on', async () => {
  const { port, ended } = await serve()
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.end(Buffer.concat([randomBytes(2_000), Buffer.alloc(2_000, 255), Buffer.from([255, 250])]))
    await once(socket, 'close')
  }
  await ended()
  const socket = connect(port, '127.0.0.1')
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(first.length).toBeGreaterThan(0)
  socket.destroy()
  await ended()
})
