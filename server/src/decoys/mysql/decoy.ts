import { createPrivateKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createWeakLogins } from '../bait/weak-logins.js'
import { serveConnection } from '../connection/serve-connection.js'
import { createSessionLog } from '../connection/session-log.js'
import type { CreateDecoy } from '../decoy.js'
import type { RsaKey } from './authentication.js'
import { SALT_BYTES } from './handshake.js'
import { mysqlProfileOf } from './mysql-profile.js'
import { talkMysql } from './mysql-session.js'

const DEFAULT_PORT = 3307
const RSA_BITS = 2_048

/** A MySQL or MariaDB server without a database. */
export const createMysqlDecoy: CreateDecoy = ({ identity }) => {
  const bait = baitSecretsOf(identity)
  const profile = mysqlProfileOf(identity)
  const logins = createWeakLogins(identity, 'mysql', bait)
  let key: Promise<RsaKey> | null = null
  let threadId = 8 + (identity.derive('mysql threads', 2).readUInt16BE() % 4_000)

  return {
    protocol: 'mysql',
    defaultPort: DEFAULT_PORT,
    async serve(socket, session, stopping) {
      const log = createSessionLog(session, 'mysql', bait)
      threadId += 1
      const options = {
        profile,
        logins,
        bait,
        threadId,
        salt: saltOf(identity.derive(`mysql salt ${session.id}`, SALT_BYTES)),
        rsaKey: () => (key ??= createKey()),
        clientAddress: session.source_ip,
      }
      await serveConnection(socket, stopping, (conversation) => talkMysql(conversation, log, options))
      log.end()
    },
  }
}

/** As MySQL makes them: no byte is 0, and none is beyond ASCII. */
function saltOf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => 0x21 + (byte % 0x5d)))
}

/** As MySQL does at its first start. */
async function createKey(): Promise<RsaKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { publicPem: publicKey, privateKey: createPrivateKey(privateKey) }
}
