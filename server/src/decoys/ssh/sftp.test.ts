import { randomBytes } from 'node:crypto'
import type { OpenMode, SFTPWrapper } from 'ssh2'
import { afterEach, expect, test } from 'vitest'
import { type ListeningDecoy, listenWith } from '../../testing/decoy-harness.js'
import { accommodatingIdentity } from '../../testing/decoy-logins.js'
import { attemptSshLogin } from '../../testing/ssh-client.js'
import { until } from '../../testing/until.js'
import { createSshDecoy } from './decoy.js'

const { identity, weakPassword } = accommodatingIdentity()
const CONTENT = randomBytes(3_000)
let listening: ListeningDecoy

afterEach(async () => listening.stop())

/** Writes to a file, and closes it. */
async function put(sftp: SFTPWrapper, flags: OpenMode, content: Buffer, at: number): Promise<void> {
  const handle = await new Promise<Buffer>((resolve, reject) => {
    sftp.open('/tmp/resumed', flags, (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  await new Promise<void>((resolve, reject) => {
    sftp.write(handle, content, 0, content.length, at, (error) => (error ? reject(error) : resolve()))
  })
  await new Promise<void>((resolve, reject) => {
    sftp.close(handle, (error) => (error ? reject(error) : resolve()))
  })
}

test.each<[name: string, flags: OpenMode, at: number]>([
  ['at its place', 'r+', 1_000],
  ['at the end, whatever place is stated', 'a', 0],
])(
  'a file that arrives in two parts is kept whole: %s',
  async (_name, flags, at) => {
    listening = await listenWith(createSshDecoy, { identity })
    await attemptSshLogin(listening.port, 'not this one')
    const client = await attemptSshLogin(listening.port, weakPassword)
    if (client === null) throw new Error('the login was refused')
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, opened) => (error ? reject(error) : resolve(opened)))
    })
    await put(sftp, 'w', CONTENT.subarray(0, 1_000), 0)
    await put(sftp, flags, CONTENT.subarray(1_000), at)
    const read = await new Promise<Buffer>((resolve, reject) => {
      sftp.readFile('/tmp/resumed', (error, content) => (error ? reject(error) : resolve(content)))
    })
    expect(read.equals(CONTENT)).toBe(true)
    const last = await until(() => listening.files()[1])
    expect(last.content.equals(CONTENT)).toBe(true)
    client.end()
  },
  60_000,
)
