import type { LoginSession } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

interface Pair {
  access_token: string
  refresh_token: string
}

describe.each(inject('postgresServers').slice(0, 1))('the logins of a user on $version', (server) => {
  let api: TestPlatform
  /** So far ahead that it is not corrected by the clock of the database. */
  let at = Date.now() + 3_600_000
  beforeAll(async () => {
    api = await startTestPlatform(server, { now: () => at, environment: { TRUST_PROXY: '127.0.0.1' } })
  })
  afterAll(() => api.close())

  async function post<Answer>(path: string, body: object, address: string, agent: string): Promise<Answer> {
    const headers = { 'x-forwarded-for': address, 'user-agent': agent }
    return (await (
      await api.call(path, { method: 'POST', headers, body: JSON.stringify(body) })
    ).json()) as Answer
  }
  const login = (address: string, agent: string, who: object = ADMIN) =>
    post<Pair>('/auth/login', who, address, agent)
  const sessions = async (as: string) =>
    ((await (await api.call('/auth/sessions', { as })).json()) as { items: LoginSession[] }).items
  const end = async (as: string, id = '') =>
    (await api.call(`/auth/sessions${id && `/${id}`}`, { method: 'DELETE', as })).status
  const works = async (as: string) => (await api.call('/auth/me', { as })).status === 200

  test('are listed with when and where they were last used, and ended one by one or all others', async () => {
    const mine = await login('203.0.113.1', 'Firefox')
    at += 1_000
    const forgotten = await login('203.0.113.2', `<script>alert(1)</script>${'x'.repeat(500)}`)
    at += 1_000
    const moved = await login('203.0.113.3', 'curl/8')
    at += 1_000
    const used = await post<Pair>(
      '/auth/refresh',
      { refresh_token: moved.refresh_token },
      '2001:db8::1',
      'curl/9',
    )
    const listed = await sessions(mine.access_token)
    expect(listed.map(({ address, current }) => [address, current])).toEqual([
      ['2001:db8::1', false],
      ['203.0.113.2', false],
      ['203.0.113.1', true],
    ])
    expect(listed[0]?.user_agent).toBe('curl/9')
    expect(Date.parse(listed[0]?.last_used_at ?? '')).toBe(at)
    expect(Date.parse(listed[0]?.created_at ?? '')).toBe(at - 1_000)
    expect(listed[1]?.user_agent).toHaveLength(256)

    const feed = await openFeed(api, forgotten.access_token)
    expect(await end(mine.access_token, listed[1]?.id)).toBe(204)
    expect(await works(forgotten.access_token)).toBe(false)
    expect(await feed.closed).toBe(4401)
    expect(await end(mine.access_token, listed[1]?.id)).toBe(404)

    expect(await end(mine.access_token)).toBe(200)
    expect([await works(mine.access_token), await works(used.access_token)]).toEqual([true, false])
    expect(await sessions(mine.access_token)).toHaveLength(1)
  })

  test('are nobody else’s to see or end', async () => {
    const admin = await login('203.0.113.1', 'Firefox')
    const ann = { username: 'ann', password: 'lantern orchid glacier mosaic' }
    await api.call('/users', {
      method: 'POST',
      as: admin.access_token,
      body: JSON.stringify({ ...ann, role: 'admin' }),
    })
    const theirs = await login('203.0.113.9', 'Chrome', ann)
    expect(await sessions(theirs.access_token)).toHaveLength(1)
    const [id] = (await sessions(admin.access_token)).map((session) => session.id)
    expect(await end(theirs.access_token, id)).toBe(404)
    expect(await works(admin.access_token)).toBe(true)
    expect(await end('')).toBe(401)
  })
})
