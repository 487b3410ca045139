import type { AuditEntry, AuditHead, Page } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openStore } from '../../platform/postgres/open.js'
import { createLog } from '../../platform/telemetry/log.js'
import { createEmptyDatabase } from '../../testing/test-database.js'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { createChainVerifier } from './chain.js'
import { createAuditStore } from './store.js'

const [postgres] = inject('postgresServers')
if (!postgres) throw new Error('there is a PostgreSQL')
let platform: TestPlatform
let admin: string
const connection = () => new pg.Client({ connectionString: platform.databaseUrl })

beforeAll(async () => {
  platform = await startTestPlatform(postgres)
  admin = await platform.login()
})
afterAll(() => platform.close())

const json = (body: unknown, method = 'POST') => ({ method, body: JSON.stringify(body), as: admin })
async function entries(query = ''): Promise<AuditEntry[]> {
  const response = await platform.call(`/audit?limit=500${query}`, { as: admin })
  expect(response.status).toBe(200)
  return ((await response.json()) as Page<AuditEntry>).items
}

test('the first start and each login have an entry', async () => {
  const found = await until(async () => {
    const all = await entries()
    return all.length >= 3 && all
  })
  expect(
    found.map(({ action, detail }) => [action, detail?.actor.name, detail?.target.name]).reverse(),
  ).toEqual([
    ['user.add', 'start', ADMIN.username],
    ['api_key.add', 'start', 'bootstrap'],
    ['login', ADMIN.username, ADMIN.username],
  ])
  expect(found.map(({ seq }) => seq).reverse()).toEqual([1, 2, 3])
})

test('a change says who, from where, what, before and after, and no secret', async () => {
  const password = 'a long enough password 1'
  const added = await platform.call('/users', json({ username: 'robin', password, role: 'viewer' }))
  expect(added.status).toBe(201)
  const { id } = (await added.json()) as { id: string }
  await platform.call(`/users/${id}`, json({ role: 'analyst', password: `${password}2` }, 'PATCH'))
  const made = await platform.call('/api-keys', json({ name: 'a new sensor' }))
  const { key } = (await made.json()) as { key: string }
  // Durable before the answer: no wait is needed.
  const [keyEntry, change, addition] = await entries()
  expect(change).toMatchObject({
    action: 'user.change',
    outcome: 'succeeded',
    actor_kind: 'user',
    count: 1,
    detail: {
      actor: { kind: 'user', name: ADMIN.username },
      address: '127.0.0.1',
      target: { id, name: 'robin' },
      before: { role: 'viewer', username: 'robin' },
      after: { role: 'analyst', username: 'robin' },
    },
  })
  expect(addition).toMatchObject({
    action: 'user.add',
    detail: { before: null, after: { username: 'robin' } },
  })
  expect(keyEntry).toMatchObject({ action: 'api_key.add', detail: { target: { name: 'a new sensor' } } })
  const text = JSON.stringify(await entries())
  expect(text).not.toContain(password)
  expect(text).not.toContain(key)
  expect(text).not.toContain('password_hash')
})

test('what was refused for its content has no entry, and whoever may not is counted', async () => {
  const before = (await entries())[0]?.seq
  expect((await platform.call('/users', json({ username: 'x' }))).status).toBe(422)
  expect((await entries())[0]?.seq).toBe(before)
  await platform.call(
    '/users',
    json({ username: 'vera', password: 'a long enough password 2', role: 'viewer' }),
  )
  const viewer = await platform.login('vera', 'a long enough password 2')
  for (let n = 0; n < 5; n += 1)
    expect(
      (await platform.call('/retention', { ...json({ retention_days: 1 }, 'PUT'), as: viewer })).status,
    ).toBe(403)
  const refusals = await until(async () => {
    const found = await entries('&outcome=refused')
    return found.length > 0 && found
  })
  expect(refusals).toHaveLength(1)
  expect(refusals[0]).toMatchObject({
    action: 'retention.change',
    count: 1,
    detail: {
      actor: { name: 'vera' },
      after: null,
      reason: 'this needs the role admin, and your role is viewer; ask an administrator',
    },
  })
  const forbidden = await platform.call('/audit', { as: viewer })
  expect(forbidden.status).toBe(403)
  const [reading] = await until(async () => {
    const found = await entries('&outcome=refused')
    return found.length === 2 && found
  })
  expect(reading).toMatchObject({ action: 'GET /audit', detail: { actor: { name: 'vera' } } })
})

test('a stolen refresh token, a wrong password of one’s own and a refused sensor key have entries', async () => {
  const login = await platform.call('/auth/login', { method: 'POST', body: JSON.stringify(ADMIN) })
  const { access_token, refresh_token } = (await login.json()) as Record<string, string>
  const refresh = () =>
    platform.call('/auth/refresh', { method: 'POST', body: JSON.stringify({ refresh_token }) })
  const wrong = await platform.call('/auth/password', {
    method: 'POST',
    body: JSON.stringify({ current_password: 'wrong', new_password: 'lantern orchid glacier mosaic' }),
    as: access_token ?? '',
  })
  const refused = await platform.call('/log', { method: 'POST', body: '{}', as: 'et_nobodys_key' })
  const used = [(await refresh()).status, (await refresh()).status]
  expect([wrong.status, refused.status, ...used]).toEqual([403, 401, 200, 401])
  const found = await until(async () => {
    const refusals = await entries('&outcome=refused')
    const of = (action: string) => refusals.find((entry) => entry.action === action)?.detail
    const three = ['user.change_own_password', 'event.send', 'login.refresh'].map(of)
    return three.every((detail) => detail) && three
  })
  expect(found.map((detail) => [detail?.actor.name, detail?.target.name, detail?.reason])).toEqual([
    [ADMIN.username, null, 'the current password is wrong'],
    [null, 'et_n…', 'unknown_or_revoked'],
    [null, ADMIN.username, 'a refresh token was used twice: it may be stolen, and its login has ended'],
  ])
})

test('times that PostgreSQL does not know are refused as such', async () => {
  for (const query of ['from=0000-01-01T00:00:00Z', 'to=2026-01-01T00:00:00%2B18:00'])
    expect((await platform.call(`/audit?${query}`, { as: admin })).status).toBe(422)
})

test('is listed in pages, by action, actor and time', async () => {
  const all = await entries()
  const pages: AuditEntry[] = []
  for (let cursor = ''; ; ) {
    const page = (await (
      await platform.call(`/audit?limit=2${cursor}`, { as: admin })
    ).json()) as Page<AuditEntry>
    pages.push(...page.items)
    if (page.next_cursor === null) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(pages.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq))
  expect((await entries('&action=user.')).every(({ action }) => action.startsWith('user.'))).toBe(true)
  expect(await entries('&actor=nobody')).toEqual([])
  expect(await entries('&to=2020-01-01T00:00:00Z')).toEqual([])
  const forged = await platform.call('/audit?cursor=WyJ4Il0', { as: admin })
  expect(forged.status).toBe(422)
})

/** The audit log of a database, as a command opens it. */
async function openAudit(databaseUrl: string) {
  const { logging } = createLog({ level: 'ERROR', destination: { write: () => {} } })
  const options = { databaseUrl, dataDir: '', now: Date.now, besideServer: true, existing: false }
  const { database, close } = await openStore(options, logging)
  return { store: createAuditStore(database.app), close }
}

describe('an entry', () => {
  test('can be neither changed nor removed', async () => {
    const client = connection()
    await client.connect()
    for (const text of [
      `UPDATE audit_entries SET action = 'nothing'`,
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries CASCADE',
    ])
      await expect(client.query(text)).rejects.toThrow('only added')
    await client.end()
  })

  test('is one of a chain, whichever of two replicas wrote it', async () => {
    const replica = await startTestPlatform(postgres, { beside: platform })
    const mute = (n: number) => ({
      method: 'POST',
      body: JSON.stringify({ name: `key ${n}` }),
      as: admin,
    })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? platform : replica).call('/api-keys', mute(n))),
    )
    await replica.close()
    const all = (await entries()).reverse()
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, n) => n + 1))
    const head = (await (await platform.call('/audit/head', { as: admin })).json()) as AuditHead
    expect(head).toMatchObject({ seq: all.length, hash: all.at(-1)?.hash, unwritten: 0, lost: 0 })
  })

  test('that somebody changes behind the back of the platform is found, and so is one that is gone', async () => {
    const client = connection()
    await client.connect()
    const { store, close } = await openAudit(platform.databaseUrl)
    const faults = async () => {
      const verifier = createChainVerifier(await store.beginning())
      for (const { entry, detail } of await store.after(0, 10_000)) verifier.check(entry, detail)
      return verifier.result().faults.map(({ fault }) => fault)
    }
    expect(await faults()).toEqual([])
    await client.query('ALTER TABLE audit_entries DISABLE TRIGGER ALL')
    await client.query(
      `UPDATE audit_details SET detail = replace(detail, '${ADMIN.username}', 'somebody') WHERE seq = 3`,
    )
    expect(await faults()).toEqual(['its detail was changed'])
    await client.query('DELETE FROM audit_details WHERE seq = 3')
    expect(await faults()).toEqual([])
    await client.query(`UPDATE audit_entries SET outcome = 'refused' WHERE seq = 4`)
    expect(await faults()).toEqual(['the entry was changed or replaced'])
    await client.query('DELETE FROM audit_entries WHERE seq = 4')
    expect(await faults()).toEqual(['entries 4 to 4 are missing'])
    await client.end()
    await close()
  })

  test('is removed when it is old, as the beginning of the chain alone', async () => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const { store, close } = await openAudit(url)
    const record = (at: number) => ({
      at,
      action: 'user.add',
      outcome: 'succeeded' as const,
      count: 1,
      detail: {
        actor: { kind: 'system' as const, id: null, name: null },
        address: null,
        request_id: null,
        target: { id: null, name: null },
        before: null,
        after: null,
        reason: null,
      },
    })
    await store.append([1, 2, 9, 3].map(record))
    expect(await store.removeBefore(new Date(5), 1_000)).toBe(2)
    // The third is young, so the fourth stays behind it although its clock was slow.
    const left = await store.after(0, 10)
    expect(left.map(({ entry }) => entry.seq)).toEqual([3, 4])
    expect(await store.removeBefore(new Date(100), 1_000)).toBe(2)
    await store.append([record(10)])
    const verifier = createChainVerifier(await store.beginning())
    for (const { entry, detail } of await store.after(0, 10)) verifier.check(entry, detail)
    expect(verifier.result()).toMatchObject({ entries: 1, faults: [], head: { seq: 5 } })
    await close()
    await drop()
  })
})
