import { randomBytes, randomUUID } from 'node:crypto'
import type { NewUser } from '@eviltwin/contract'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { ConflictError } from '../../platform/errors.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createAccounts } from './accounts.js'
import { createPasswordPolicy } from './password-policy.js'
import { createPasswords } from './passwords.js'
import { createTokenStore } from './token-store.js'
import { createUserStore } from './user-store.js'

describe.each(inject('postgresServers'))('accounts on $version', (server) => {
  let store: TestDatabase
  beforeEach(async () => {
    store = await createTestDatabase(server)
  })
  afterEach(() => store.drop())

  const open = () => {
    const { app } = store.database
    const users = createUserStore(app)
    const tokens = createTokenStore(app)
    const options = { tokens, passwords: createPasswords(), policy: createPasswordPolicy(), now: Date.now }
    return { users, tokens, options, accounts: createAccounts({ users, ...options }) }
  }

  test('an administrator who was made one a moment ago is the last one, too', async () => {
    const { users, options, accounts } = open()
    const { id } = await accounts.add({ username: 'ana', password: 'correct horse battery', role: 'admin' })
    const before = await users.findById(id)
    if (!before) throw new Error('there is ana')
    // What a request read before another one made ana an administrator.
    const stale = { ...users, findById: async () => ({ ...before, role: 'viewer' as const }) }
    const late = createAccounts({ users: stale, ...options })
    await expect(late.change(id, { role: 'viewer' })).rejects.toThrow('last administrator')
  })

  test('a login whose password is changed while it is compared does not begin', async () => {
    const { users, tokens, accounts } = open()
    const { id } = await accounts.add({ username: 'ana', password: 'correct horse battery', role: 'admin' })
    const compared = await users.findById(id)
    await accounts.change(id, { password: 'lantern orchid glacier mosaic' })
    const changed = await users.findById(id)
    const start = async (password_hash = '') => {
      const now = new Date()
      const expires_at = new Date(now.getTime() + 60_000)
      const family = { id: randomUUID(), user_id: id, token_hash: randomBytes(32), password_hash, expires_at }
      return tokens.start({ ...family, now, address: '203.0.113.1', user_agent: null })
    }
    expect([await start(compared?.password_hash), await start(changed?.password_hash)]).toEqual([false, true])
    expect(await tokens.ofUser(id, new Date())).toHaveLength(1)
    // Nor does it say anything of the new password, or replace it.
    await users.recordLogin({ id, password_hash: compared?.password_hash ?? '' }, new Date(), 'must_change')
    const replaces = compared?.password_hash ?? ''
    expect(await users.change(id, { password: { hash: 'x', state: 'accepted', replaces } })).toBeNull()
    expect(await users.findById(id)).toEqual(changed)
  })

  test('two administrators who demote each other at once leave one', async () => {
    const { accounts } = open()
    const add = (username: string) =>
      accounts.add({ username, password: 'correct horse battery', role: 'admin' } satisfies NewUser)
    const admins = [await add('ana'), await add('bob')]
    const results = await Promise.allSettled(admins.map(({ id }) => accounts.change(id, { role: 'viewer' })))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((result) => result.status === 'rejected')?.reason).toBeInstanceOf(ConflictError)
    const { items } = await accounts.list(10, undefined)
    expect(items.filter(({ role }) => role === 'admin')).toHaveLength(1)
  })
})
