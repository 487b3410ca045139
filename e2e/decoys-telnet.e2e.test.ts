import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import type { Recording, RecordingFrames } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accommodatingIdentity } from '../server/src/testing/decoy-logins.js'
import { until } from '../server/src/testing/until.js'
import { eventsOf, type Reader, type ServerWithDecoys, startWithDecoys } from './decoys.js'

/** `script` runs the client on a terminal of its own, as a person has it. */
const hasClient = ['/usr/bin/telnet', '/usr/bin/script'].every((path) => existsSync(path))
const { seed, weakPassword } = accommodatingIdentity()

let decoys: ServerWithDecoys<'telnet'>
let port: number
let get: Reader

beforeAll(async () => {
  decoys = await startWithDecoys(['telnet'], { seed })
  port = decoys.ports.telnet
  get = decoys.get
})
afterAll(() => decoys?.stop())

/** A client on a terminal of 100 columns and 30 rows. */
function openClient(address: string) {
  const command = `stty cols 100 rows 30; exec telnet -b ${address} 127.0.0.1 ${port}`
  const child = spawn('/usr/bin/script', ['-qefc', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'xterm' },
  })
  let shown = ''
  let from = 0
  child.stdout.on('data', (bytes) => {
    shown += String(bytes)
  })
  return {
    /** Waits until this is shown, after what was shown at the last call. */
    async waitFor(text: string): Promise<void> {
      await until(() => shown.includes(text, from))
      from = shown.indexOf(text, from) + text.length
    },
    type: (text: string) => void child.stdin.write(text),
    shown: () => shown,
    closed: once(child, 'close'),
  }
}

/** A login that fails, and one that is accepted. */
async function logIn({ waitFor, type }: ReturnType<typeof openClient>): Promise<void> {
  for (const password of ['not this one', weakPassword]) {
    await waitFor('login: ')
    type('root\r')
    await waitFor('Password: ')
    type(`${password}\r`)
  }
  await waitFor('# ')
}

/** What a recording shows. */
async function outputOf({ id }: Pick<Recording, 'id'>): Promise<string> {
  const { frames } = await get<RecordingFrames>(`/recordings/${id}/frames`)
  return frames.flatMap(([, code, text]) => (code === 'o' ? [text] : [])).join('')
}

describe.skipIf(!hasClient)('the Telnet decoy and the client of GNU inetutils', () => {
  test('credentials and commands of a session are stored, and its terminal is recorded', async () => {
    const address = '127.0.5.1'
    const client = openClient(address)
    await logIn(client)
    // Corrected as a person does it, and then once more by the arrow key.
    client.type('firzt\u007f\u007fst-command\r')
    await client.waitFor('first-command: command not found')
    client.type('\u001b[A\r')
    await client.waitFor('first-command: command not found')

    const events = await eventsOf(get, address, ({ command }) => command === 'first-command')
    const id = events[0]?.session_id
    const watched = await until(async () => {
      const { items } = await get<{ items: Recording[] }>(`/sessions/${id}/recordings`)
      const [recording] = items
      return recording && (await outputOf(recording)).includes('command not found') && recording
    })
    expect(watched).toMatchObject({ is_complete: false, width: 100, height: 30 })

    client.type('exit\r')
    await client.closed
    expect(client.shown()).not.toContain(weakPassword)
    const login = { event_type: 'login_attempt', action: 'telnet.password', username: 'root' }
    expect(events).toContainEqual(
      expect.objectContaining({ ...login, outcome: 'failure', password: 'not this one' }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ ...login, outcome: 'success', password: weakPassword }),
    )
    const all = await eventsOf(get, address, ({ event_type }) => event_type === 'disconnect')
    const commands = all.flatMap(({ event_type, command }) => (event_type === 'command' ? [command] : []))
    expect(commands).toEqual(['first-command', 'first-command', 'exit'])
    expect(new Set(all.map(({ protocol, sensor_kind }) => `${protocol} ${sensor_kind}`))).toEqual(
      new Set(['telnet eviltwin']),
    )
    await until(async () => {
      const { items } = await get<{ items: Recording[] }>(`/sessions/${id}/recordings`)
      return items[0]?.is_complete
    })
    const shown = await outputOf(watched)
    expect(shown.match(/first-command: command not found\r\n/g)).toHaveLength(2)
    expect(shown).not.toContain(weakPassword)
  })

  test('a login that was accepted once is accepted at once, also from elsewhere', async () => {
    const first = openClient('127.0.5.2')
    await logIn(first)
    first.type('exit\r')
    await first.closed
    const address = '127.0.5.3'
    const second = openClient(address)
    await second.waitFor('login: ')
    second.type('root\r')
    await second.waitFor('Password: ')
    second.type(`${weakPassword}\r`)
    await second.waitFor('# ')
    second.type('exit\r')
    await second.closed
    const events = await eventsOf(get, address, ({ event_type }) => event_type === 'disconnect')
    expect(
      events.filter(({ event_type }) => event_type === 'login_attempt').map(({ outcome }) => outcome),
    ).toEqual(['success'])
  })
})

test('a bot that does not negotiate is recorded too', async () => {
  const address = '127.0.5.4'
  const socket = connect({ port, host: '127.0.0.1', localAddress: address })
  let shown = ''
  socket.on('data', (bytes) => {
    shown += bytes.toString('latin1')
  })
  await until(() => shown.endsWith('login: '))
  socket.write('q7x-mirai\r\nxc3511\r\n')
  await until(() => shown.includes('Login incorrect'))
  socket.destroy()
  const events = await eventsOf(get, address, ({ event_type }) => event_type === 'disconnect')
  expect(events).toContainEqual(
    expect.objectContaining({ username: 'q7x-mirai', password: 'xc3511', outcome: 'failure' }),
  )
})
