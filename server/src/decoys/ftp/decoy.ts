import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createWeakLogins } from '../bait/weak-logins.js'
import { createCaptureBudget } from '../connection/capture.js'
import { serveConnection } from '../connection/serve-connection.js'
import { createSessionLog } from '../connection/session-log.js'
import type { CreateDecoy } from '../decoy.js'
import { baitFilesOf } from './bait-files.js'
import { createDataPorts } from './data-connection.js'
import { ftpProfileOf } from './ftp-profile.js'
import { talkFtp } from './ftp-session.js'

const DEFAULT_PORT = 2121
/** Of files that are arriving, of all connections. */
const MAX_ARRIVING_BYTES = 64 * 1024 * 1024

/** An FTP server with some files of bait. */
export const createFtpDecoy: CreateDecoy = ({ identity, now }) => {
  const bait = baitSecretsOf(identity)
  const shared = {
    profile: ftpProfileOf(identity),
    logins: createWeakLogins(identity, 'ftp', bait),
    files: baitFilesOf(identity, bait, now()),
    ports: createDataPorts(),
    budget: createCaptureBudget(MAX_ARRIVING_BYTES),
  }

  return {
    protocol: 'ftp',
    defaultPort: DEFAULT_PORT,
    async serve(socket, session, stopping) {
      const log = createSessionLog(session, 'ftp', bait)
      await serveConnection(socket, stopping, (conversation) =>
        talkFtp(conversation, log, { ...shared, clientAddress: session.source_ip }),
      )
      log.end()
    },
  }
}
