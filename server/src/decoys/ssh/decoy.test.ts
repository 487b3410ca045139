import { once } from 'node:events'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ListeningDecoy, listenWith } from '../../testing/decoy-harness.js'
import { accommodatingIdentity } from '../../testing/decoy-logins.js'
import { createSshDecoy } from './decoy.js'

const { identity, weakPassword } = accommodatingIdentity()

let listening: ListeningDecoy
const clients: Client[] = []
beforeEach(async () => {
  listening = await listenWith(createSshDecoy, { identity })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await listening.stop()
})

/** Logs in, after an attempt that fails. */
async function logIn(): Promise<Client> {
  const attempt = (password: string) => {
    const client = new ssh2.Client()
    clients.push(client)
    client.connect({ host: '127.0.0.1', port: listening.port, username: 'root', password })
    return client
  }
  await once(attempt('not this one'), 'error')
  const client = attempt(weakPassword)
  await once(client, 'ready')
  return client
}

function exec(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)))
  })
}

async function outputOf(client: Client, command: string): Promise<string> {
  const channel = await exec(client, command)
  let output = ''
  channel.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
  await once(channel, 'close')
  return output
}

/** Requests in a channel that is open, of which the functions of ssh2 send one alone. */
interface Requests {
  exec(channel: number, command: string, wantsReply: boolean): void
  shell(channel: number, wantsReply: boolean): void
  subsystem(channel: number, name: string, wantsReply: boolean): void
}

test.each<[string, (requests: Requests, channel: number) => void]>([
  ['command', (requests, channel) => requests.exec(channel, 'id', false)],
  ['file transfer', (requests, channel) => requests.exec(channel, 'scp -t /tmp', false)],
  ['shell', (requests, channel) => requests.shell(channel, false)],
  ['subsystem', (requests, channel) => requests.subsystem(channel, 'sftp', false)],
])(
  'a session has one program: a second one, a %s, is refused, and the connection goes on',
  async (_name, ask) => {
    const client = await logIn()
    const channel = await exec(client, 'cat > /tmp/x')
    const { outgoing } = channel as unknown as { outgoing: { id: number } }
    ask((client as unknown as { _protocol: Requests })._protocol, outgoing.id)
    expect(await outputOf(client, 'echo alive')).toBe('alive\n')
    expect(listening.failures).toEqual([])
  },
)
