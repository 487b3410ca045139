import type { ClientChannel } from 'ssh2'
import { afterEach, expect, test } from 'vitest'
import { type ListeningDecoy, listenWith } from '../../testing/decoy-harness.js'
import { accommodatingIdentity } from '../../testing/decoy-logins.js'
import { attemptSshLogin } from '../../testing/ssh-client.js'
import { createSshDecoy } from './decoy.js'

const { identity, weakPassword } = accommodatingIdentity()
let listening: ListeningDecoy

afterEach(async () => listening.stop())

test('the last line is run and recorded also where the input ends without the end of a line', async () => {
  listening = await listenWith(createSshDecoy, { identity })
  await attemptSshLogin(listening.port, 'not this one')
  const client = await attemptSshLogin(listening.port, weakPassword)
  if (client === null) throw new Error('the login was refused')
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.shell(false, (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  let shown = ''
  channel.on('data', (bytes: Buffer) => {
    shown += bytes
  })
  channel.end('echo one\necho two')
  await new Promise((resolve) => channel.once('close', resolve))
  expect(shown).toContain('one\ntwo\n')
  const commands = listening.records().flatMap(({ command }) => command ?? [])
  expect(commands).toEqual(['echo one', 'echo two'])
  client.end()
}, 60_000)
