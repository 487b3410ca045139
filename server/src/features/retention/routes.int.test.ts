import type { Retention } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const DAY_MS = 86_400_000

describe.each(inject('postgresServers'))('retention on $version', (server) => {
  let api: TestPlatform
  let admin: string
  beforeAll(async () => {
    api = await startTestPlatform(server)
    admin = await api.login()
  })
  afterAll(() => api.close())

  const read = async (at = api) => (await (await at.call('/retention', { as: admin })).json()) as Retention
  const change = (days: unknown, as = admin, at = api) =>
    at.call('/retention', { method: 'PUT', as, body: JSON.stringify({ retention_days: days }) })
  const sessions = async (at: TestPlatform) =>
    ((await (await at.call('/sessions', { as: await at.login() })).json()) as { items: unknown[] }).items

  test('is 90 days until somebody says otherwise', async () => {
    expect(await read()).toMatchObject({ retention_days: 90, set_by: 'default', changed_by: null })
  })

  test.each([0, 3651, 1.5, '30', null])('cannot be %j', async (days) => {
    expect((await change(days)).status).toBe(422)
  })

  test('is an administrator’s to change', async () => {
    const users = { method: 'POST', as: admin }
    const password = 'correct horse battery staple'
    await api.call('/users', {
      ...users,
      body: JSON.stringify({ username: 'ana', password, role: 'analyst' }),
    })
    expect((await change(30, await api.login('ana', password))).status).toBe(403)
    expect((await read()).retention_days).toBe(90)
  })

  test('once changed, is in effect on a replica that starts later, and told in the log', async () => {
    const first = await startTestPlatform(server)
    await first.send(JSON.stringify({ source_ip: '203.0.113.5', occurred_at: new Date().toISOString() }))
    const inTwoDays = () => Date.now() + 2 * DAY_MS
    const before = await startTestPlatform(server, { beside: first, now: inTwoDays })
    expect(await sessions(before)).toHaveLength(1)
    await before.close()

    expect(await (await change(1, await first.login(), first)).json()).toMatchObject({
      retention_days: 1,
      set_by: 'settings',
      changed_by: 'admin',
      changed_at: expect.any(String),
    })
    expect(first.logged).toContainEqual(
      expect.objectContaining({ message: 'Retention changed', username: 'admin', days_before: 90, days: 1 }),
    )
    // Only the leader removes: the one that leads now gives way.
    await first.platform.close()
    const after = await startTestPlatform(server, { beside: first, now: inTwoDays })
    await until(async () => (await sessions(after)).length === 0)
    await after.close()
  })

  test('is the environment’s where RETENTION_DAYS is set', async () => {
    const fixed = await startTestPlatform(server, { beside: api, environment: { RETENTION_DAYS: '7' } })
    expect(await read(fixed)).toMatchObject({ retention_days: 7, set_by: 'environment', changed_by: null })
    const refused = await change(1, admin, fixed)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('RETENTION_DAYS') })
    await fixed.close()
  })
})
