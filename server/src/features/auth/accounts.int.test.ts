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

  test('two administrators who demote each other at once leave one', async () => {
    const { app } = store.database
    const accounts = createAccounts({
      users: createUserStore(app),
      tokens: createTokenStore(app),
      passwords: createPasswords(),
      policy: createPasswordPolicy(),
      now: Date.now,
    })
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
