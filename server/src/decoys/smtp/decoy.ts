import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createWeakLogins } from '../bait/weak-logins.js'
import { createCaptureBudget } from '../connection/capture.js'
import { serveConnection } from '../connection/serve-connection.js'
import { createSessionLog } from '../connection/session-log.js'
import type { CreateDecoy } from '../decoy.js'
import { smtpProfileOf } from './server-profile.js'
import { talkSmtp } from './smtp-session.js'

const DEFAULT_PORT = 2525
/** Of messages that are arriving, of all connections. */
const MAX_ARRIVING_BYTES = 64 * 1024 * 1024

/** A mail server that takes every message and delivers none. */
export const createSmtpDecoy: CreateDecoy = ({ identity, now }) => {
  const bait = baitSecretsOf(identity)
  const { host, product } = smtpProfileOf(identity)
  const logins = createWeakLogins(identity, 'smtp', bait)
  const budget = createCaptureBudget(MAX_ARRIVING_BYTES)

  return {
    protocol: 'smtp',
    defaultPort: DEFAULT_PORT,
    async serve(socket, session, stopping) {
      const log = createSessionLog(session, 'smtp', bait)
      const nonce = identity.derive(`smtp challenge ${session.id}`, 8).readBigUInt64BE()
      const challenge = `<${nonce}@${host}>`
      await serveConnection(socket, stopping, (conversation) =>
        talkSmtp(conversation, log, {
          product,
          logins,
          budget,
          challenge,
          clientAddress: session.source_ip,
          now,
        }),
      )
      log.end()
    },
  }
}
