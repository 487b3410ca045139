import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createWeakLogins } from '../bait/weak-logins.js'
import { serveConnection } from '../connection/serve-connection.js'
import { createSessionLog } from '../connection/session-log.js'
import type { CreateDecoy } from '../decoy.js'
import { createKeySpace } from './key-space.js'
import { redisProfileOf } from './redis-profile.js'
import { talkRedis } from './redis-session.js'

const DEFAULT_PORT = 6380

/** A Redis that anybody reaches. What a connection writes, it alone can read. */
export const createRedisDecoy: CreateDecoy = ({ identity, now }) => {
  const bait = baitSecretsOf(identity)
  const profile = redisProfileOf(identity, now())
  const logins = createWeakLogins(identity, 'redis', bait)
  let clients = 0

  return {
    protocol: 'redis',
    defaultPort: DEFAULT_PORT,
    async serve(socket, session, stopping) {
      const log = createSessionLog(session, 'redis', bait)
      clients += 1
      const state = {
        profile,
        keys: createKeySpace(profile.keys),
        config: new Map(profile.config),
        clients,
        commands: 0,
        now,
      }
      try {
        await serveConnection(socket, stopping, (conversation) =>
          talkRedis(conversation, log, { state, logins, password: bait.redisPassword }),
        )
      } finally {
        clients -= 1
        log.end()
      }
    },
  }
}
