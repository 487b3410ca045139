import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const OF_OUR_PAGE = { 'x-eviltwin-dashboard': '1', 'sec-fetch-site': 'same-origin' }
const BY_TLS = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }

describe.each(inject('postgresServers').slice(0, 1))('the login of a browser on $version', (server) => {
  let api: TestPlatform
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { TRUST_PROXY: '127.0.0.1' } })
  })
  afterAll(() => api.close())

  const login = (headers: Record<string, string> = {}) =>
    api.call('/auth/login', { method: 'POST', headers, body: JSON.stringify({ ...ADMIN, cookie: true }) })
  const refresh = (cookie: string, headers: Record<string, string> = {}) =>
    api.call('/auth/refresh', { method: 'POST', headers: { cookie, ...OF_OUR_PAGE, ...headers }, body: '{}' })
  const cookieOf = (answer: Response) =>
    answer.headers.getSetCookie().find((cookie) => cookie.includes('eviltwin_refresh=')) ?? ''

  test('by TLS is kept in a cookie that only TLS can set and read', async () => {
    const cookie = cookieOf(await login(BY_TLS))
    expect(cookie).toMatch(
      /^__Secure-eviltwin_refresh=[^;]+; Max-Age=\d+; Path=\/auth; HttpOnly; Secure; SameSite=Strict$/,
    )
    const [pair = ''] = cookie.split(';')
    expect((await refresh(pair)).status).toBe(401)
    expect((await refresh(pair.replace('__Secure-', ''), BY_TLS)).status).toBe(401)
    const renewed = await refresh(pair, BY_TLS)
    expect(renewed.status).toBe(200)
    expect(cookieOf(renewed)).toMatch(/^__Secure-/)
    const { access_token } = (await renewed.json()) as { access_token: string }
    const ended = await api.call('/auth/logout', { method: 'POST', as: access_token, headers: BY_TLS })
    expect(cookieOf(ended)).toMatch(/^__Secure-eviltwin_refresh=; .*Path=\/auth;.* Secure/)
  })

  test('over HTTP is kept in a plain one', async () => {
    const [pair = ''] = cookieOf(await login()).split(';')
    expect(pair).toMatch(/^eviltwin_refresh=/)
    expect((await refresh(pair)).status).toBe(200)
  })

  test('no cache keeps what only some may see', async () => {
    const as = await api.login()
    const caching = async (path: string) => (await api.call(path, { as })).headers.get('cache-control')
    expect(await caching('/sessions')).toBe('no-store')
    expect(await caching('/auth/me')).toBe('no-store')
    expect(await caching('/feeds/blocklist.txt')).toBe('no-store')
    expect((await api.call('/sessions')).headers.get('cache-control')).toBe('no-store')
  })
})
