import type { FastifyInstance } from 'fastify'
import { KEY_LOOKUP_SHARE } from '../../platform/config.js'
import { idsOf } from '../../platform/http/request-context.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import type { Remote } from '../../platform/workers/link.js'
import { type AccessOptions, enforceAccess, type TicketRedeemer } from './access.js'
import { createAccessTokens } from './access-tokens.js'
import { createAccounts } from './accounts.js'
import { apiKeyRoutes } from './api-key-routes.js'
import { createApiKeyStore } from './api-key-store.js'
import { type ApiKeys, createApiKeys } from './api-keys.js'
import { createDeviceCookies } from './device-cookies.js'
import { type FirstStart, prepareFirstStart } from './first-start.js'
import { createKeySensorStore, type MismatchingKey } from './key-sensor-store.js'
import { createKeySensors } from './key-sensors.js'
import { shownPrefixOf } from './key-text.js'
import { createLogins } from './logins.js'
import { createPasswordPolicy } from './password-policy.js'
import { createPasswords, type Passwords } from './passwords.js'
import { createRefusedKeyStore, type RefusedKey } from './refused-key-store.js'
import { createRefusedKeys } from './refused-keys.js'
import { authRoutes } from './routes.js'
import type { AuthLimits } from './shared-limits.js'
import { createTokenStore } from './token-store.js'
import { userRoutes } from './user-routes.js'
import { createUserStore, type UserStore } from './user-store.js'

/** Users, logins and API keys. */
export interface AuthModule extends Module {
  users: UserStore
  apiKeys: ApiKeys
  /** Keys that sensors used in vain since then. @param since milliseconds since the epoch. */
  refusedKeys(since: number): Promise<RefusedKey[]>
  /** Keys that claimed sensors for which they may not speak, since then. @param since milliseconds since the epoch. */
  mismatchingKeys(since: number): Promise<MismatchingKey[]>
  /** Creates the first administrator and the first sensor key, where there are none, and readies what would hold up the first request. */
  prepareFirstStart(): Promise<FirstStart>
  /** Makes an application refuse whoever a route does not admit. */
  guard(app: FastifyInstance, tickets: TicketRedeemer): void
}

/** A key that is younger counts as unknown while the database does not answer. */
const KNOWN_KEYS_MS = 15_000

interface AuthContext extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'> {
  limits: Remote<AuthLimits>
}

export function createAuthModule(context: AuthContext): AuthModule {
  const { config, database, events, log, now } = context
  const authLog = log.logging('backend.routers.auth')
  const { users, passwords, policy, devices, logins, accounts } = createPeople(context)
  const refusedKeyStore = createRefusedKeyStore(database.app)
  const refusedKeys = createRefusedKeys(refusedKeyStore, events.publish, now)
  const pollers: Poller[] = []
  const apiKeys = createApiKeys(createApiKeyStore(database.app), now, events.publish)
  const keySensorStore = createKeySensorStore(database.app)
  const keySensors = createKeySensors(keySensorStore, now)
  events.subscribe({ sensor_claimed: keySensors.note })

  const noteRefusedKey: AccessOptions['onRefusedKey'] = (key, request, reason) => {
    refusedKeys.note(key, request.ip, apiKeys.isRevoked(key))
    const key_prefix = shownPrefixOf(key)
    events.publish({ kind: 'key_refused', ...idsOf(request), client_ip: request.ip, key_prefix, reason })
  }

  function repeat(work: () => Promise<void>, pauseMs: number, onFailure: string): void {
    const onError = (error: unknown) => authLog.warning(onFailure, { cause: (error as Error).message })
    pollers.push(createPoller({ work, pauseMs, onError }))
  }

  return {
    users,
    apiKeys,
    refusedKeys: (since) => refusedKeyStore.since(new Date(since)),
    mismatchingKeys: (since) => keySensorStore.mismatchesSince(new Date(since)),
    async prepareFirstStart() {
      await policy.load()
      return prepareFirstStart({ users, passwords, policy, apiKeys, config, now })
    },
    guard(app, tickets) {
      enforceAccess(app, {
        logins,
        apiKeys,
        tickets,
        origins: [new URL(config.PUBLIC_URL).origin, ...config.CORS_ORIGINS],
        openIngest: config.INGEST_AUTH === 'none',
        queryKeys: config.HEC_QUERY_TOKENS,
        keyLookupMs: config.INGEST_TIMEOUT_SECONDS * 1000 * KEY_LOOKUP_SHARE,
        onRefusedKey: noteRefusedKey,
      })
    },
    gauges: (gauges) => registerGauges(gauges, passwords),
    async routes(app) {
      await app.register(authRoutes, {
        logins,
        accounts,
        devices,
        refreshDays: config.REFRESH_TOKEN_DAYS,
      })
      await app.register(userRoutes, { accounts })
      await app.register(apiKeyRoutes, { apiKeys, sensorsOf: keySensorStore.ofKey })
    },
    start() {
      const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
      repeat(refusedKeys.flush, pauseMs, 'Refused keys cannot be written; trying again')
      repeat(keySensors.flush, pauseMs, 'The sensors of keys cannot be written; trying again')
      repeat(apiKeys.refreshKnown, KNOWN_KEYS_MS, 'The valid keys cannot be read; trying again')
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      // The quarantine has the records themselves.
      await keySensors.flush().catch(() => {})
    },
  }
}

/** What knows users and their logins. */
function createPeople({ config, database, events, limits, log, now }: AuthContext) {
  const users = createUserStore(database.app)
  const tokens = createTokenStore(database.app)
  const passwords = createPasswords()
  const policy = createPasswordPolicy()
  const devices = createDeviceCookies(config.SECRET_KEY, now)
  const logins = createLogins({
    users,
    tokens,
    passwords,
    policy,
    accessTokens: createAccessTokens(config.SECRET_KEY, config.ACCESS_TOKEN_MINUTES * 60),
    limits,
    devices,
    publish: events.publish,
    log: log.logging('backend.routers.auth'),
    now,
    refreshDays: config.REFRESH_TOKEN_DAYS,
  })
  const accounts = createAccounts({ users, tokens, passwords, policy, now })
  return { users, passwords, policy, devices, logins, accounts }
}

function registerGauges({ labelled }: GaugeRegistry, passwords: Passwords): void {
  labelled(
    {
      name: 'eviltwin.auth.passwords_waiting',
      across: 'sum',
      description: 'Passwords that wait to be hashed, by holder',
    },
    () => (['known', 'stranger'] as const).map((holder) => [passwords.waiting(holder), { holder }]),
  )
}
