import type { Socket } from 'node:net'
import ssh2, { type ServerConfig } from 'ssh2'
import { createByteBudget } from '../connection/byte-budget.js'
import type { CreateDecoy, DecoyIdentity, DecoySession } from '../decoy.js'
import { createLoginPolicy } from '../logins/login-policy.js'
import { serveAuthentication } from './authentication.js'
import { recordForwarding } from './forwarding.js'
import { createHelloReader } from './hassh.js'
import { hostKeysOf } from './host-keys.js'
import { profileOf } from './profile.js'
import { describeRefusals } from './refusals.js'
import { serveSessions } from './sessions.js'

const DEFAULT_PORT = 2222
/** As LoginGraceTime of OpenSSH. */
const LOGIN_MS = 120_000
/** Memory of what clients upload, of all connections and of one. */
const MAX_UPLOAD_BYTES = 128 * 1024 * 1024
const MAX_UPLOAD_BYTES_OF_CONNECTION = 32 * 1024 * 1024
/** Bytes of the files that all shells made, and of one connection: it has a shell for a person, and one for commands. */
const MAX_FILE_BYTES = 64 * 1024 * 1024
const MAX_FILE_BYTES_OF_CONNECTION = 32 * 1024 * 1024

/** An SSH server that lets some in, and gives them a shell without a host. */
export const createSshDecoy: CreateDecoy = ({ identity, log, now }) => {
  const config = configOf(identity)
  const policy = createLoginPolicy(identity, now)
  const budget = createByteBudget(MAX_UPLOAD_BYTES, MAX_UPLOAD_BYTES_OF_CONNECTION)
  const fileBudget = createByteBudget(MAX_FILE_BYTES, MAX_FILE_BYTES_OF_CONNECTION)

  return {
    protocol: 'ssh',
    defaultPort: DEFAULT_PORT,
    serve(socket, session, stopping) {
      return new Promise((resolve) => {
        const loginTimer = setTimeout(() => socket.destroy(), LOGIN_MS)
        const share = budget.share()
        const fileShare = fileBudget.share()
        const stop = () => socket.destroy()
        stopping.addEventListener('abort', stop, { once: true })
        socket.once('close', () => {
          clearTimeout(loginTimer)
          share.release()
          fileShare.release()
          stopping.removeEventListener('abort', stop)
          resolve()
        })
        const server = new ssh2.Server(config, (client) => {
          // Whatever the client does wrong ends its connection, which the record of the end states.
          client.on('error', () => {})
          describeRefusals(client)
          serveAuthentication(client, session, policy, (user) => {
            clearTimeout(loginTimer)
            serveSessions(client, { identity, session, user, share, fileShare, log, now })
            recordForwarding(client, session)
          })
        })
        server.on('error', () => {})
        server.injectSocket(socket)
        recordHello(socket, session)
      })
    },
  }
}

function configOf(identity: DecoyIdentity): ServerConfig {
  const { version, algorithms } = profileOf(identity)
  return { hostKeys: hostKeysOf(identity), ident: version, algorithms, keepaliveInterval: 60_000 }
}

/** What the client says before anything is encrypted. ssh2 reads the same bytes; it begins later. */
function recordHello(socket: Socket, session: DecoySession): void {
  const reader = createHelloReader()
  const onData = (bytes: Buffer) => {
    const hello = reader.take(bytes)
    if (hello === null) return
    socket.off('data', onData)
    if (hello === 'invalid') {
      session.record({ event_type: 'other', action: 'ssh.invalid', message: 'the client does not speak SSH' })
      return
    }
    const { version, hassh, algorithms } = hello
    session.record({ event_type: 'other', action: 'ssh.version', client: version })
    session.record({ event_type: 'other', action: 'ssh.kex', client: hassh, details: { algorithms } })
  }
  socket.on('data', onData)
}
