import type { AuditEntry, AuditHead, Page } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

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
    return all.length >= 2 && all
  })
  expect(
    found.map(({ action, detail }) => [action, detail?.actor.name, detail?.target.name]).reverse(),
  ).toEqual([
    ['user.add', 'first start', ADMIN.username],
    ['login', ADMIN.username, ADMIN.username],
  ])
  expect(found.map(({ seq }) => seq).reverse()).toEqual([1, 2])
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
  const refusals = await entries('&outcome=refused')
  expect(refusals).toHaveLength(1)
  expect(refusals[0]).toMatchObject({
    action: 'retention.change',
    count: 1,
    detail: { actor: { name: 'vera' }, after: null, reason: 'the role or scope does not suffice' },
  })
  const forbidden = await platform.call('/audit', { as: viewer })
  expect(forbidden.status).toBe(403)
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
})
