import { randomBytes } from 'node:crypto'
import { v7 as uuidV7 } from 'uuid'
import type { Config } from '../../platform/config.js'
import type { ApiKeys } from './api-keys.js'
import type { PasswordPolicy } from './password-policy.js'
import type { Passwords } from './passwords.js'
import type { UserStore } from './user-store.js'

/** What was made when there was nothing yet; shown once and kept nowhere. */
export interface FirstStart {
  /**
   * Present when this start made the first administrator. `password` only when we chose it; `problem` only when the policy refuses
   * the operator's, who must change it then.
   */
  admin?: { username: string; password?: string; problem?: string }
  /** Present when this start made the first sensor key and chose it. */
  sensorKey?: string
  /** Names of the keys that this start stored. */
  keys: string[]
}

/** Name of the key of BOOTSTRAP_SENSOR_KEY. */
const BOOTSTRAP = 'bootstrap'

export interface FirstStartOptions {
  users: UserStore
  passwords: Passwords
  policy: PasswordPolicy
  apiKeys: ApiKeys
  config: Pick<Config, 'ADMIN_USERNAME' | 'ADMIN_PASSWORD' | 'BOOTSTRAP_SENSOR_KEY' | 'INGEST_AUTH'>
  now: () => number
}

/** Makes the first administrator and the first sensor key, when there are no users. */
export async function prepareFirstStart({
  users,
  passwords,
  policy,
  apiKeys,
  config,
  now,
}: FirstStartOptions): Promise<FirstStart> {
  // The operator may name a key at any start: containers are often started with a new one and an old volume.
  const given = config.BOOTSTRAP_SENSOR_KEY
  const adopted = given !== undefined && (await apiKeys.adopt(given, BOOTSTRAP))
  const keys = adopted ? [BOOTSTRAP] : []
  if ((await users.count()) > 0) return { keys }
  const password = config.ADMIN_PASSWORD ?? randomBytes(15).toString('base64url')
  const username = config.ADMIN_USERNAME.toLowerCase()
  const problem = await policy.problemOf(password, username)
  await users.add({
    id: uuidV7(),
    username,
    password_hash: await passwords.hash(password),
    password_state: problem === null ? 'accepted' : 'must_change',
    role: 'admin',
    created_at: new Date(now()),
  })
  const admin = {
    username,
    ...(config.ADMIN_PASSWORD === undefined && { password }),
    ...(problem !== null && { problem }),
  }
  if (given !== undefined) return { admin, keys }
  const { key, name } = await apiKeys.create({
    name: 'first sensor',
    scopes: ['ingest'],
    // Whoever tries the platform sends of several sensors with it.
    kind: 'collector',
    sensor_id: null,
    sensor_ids: null,
  })
  return { admin, sensorKey: key, keys: [name] }
}
