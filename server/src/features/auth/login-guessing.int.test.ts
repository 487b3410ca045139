import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

describe.each(inject('postgresServers').slice(0, 1))('guessing passwords on $version', (server) => {
  let api: TestPlatform
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { TRUST_PROXY: '127.0.0.1' } })
  })
  afterAll(() => api.close())

  const login = (from: string, { cookie, ...body }: { cookie?: string; password?: string } = {}) =>
    api.call('/auth/login', {
      method: 'POST',
      headers: { 'x-forwarded-for': from, ...(cookie !== undefined && { cookie }) },
      body: JSON.stringify({ ...ADMIN, cookie: true, ...body }),
    })
  const deviceOf = (answer: Response) =>
    answer.headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith('eviltwin_device='))
      ?.split(';')[0]

  test('from 90 rotating addresses stops after 100 attempts, and the browsers of the user still log in', async () => {
    const cookie = deviceOf(await login('198.51.100.1'))
    expect(cookie).toMatch(/^eviltwin_device=[\w-]{22}\.\d+\.[\w-]{43}$/)
    const statuses: number[] = []
    for (let n = 0; n < 90; n += 1) {
      const both = [1, 2].map(async () => (await login(`203.0.113.${n}`, { password: 'wrong' })).status)
      statuses.push(...(await Promise.all(both)))
    }
    const count = (status: number) => statuses.filter((each) => each === status).length
    expect([count(401), count(429)]).toEqual([100, 80])
    expect((await login('192.0.2.1')).status).toBe(429)
    expect((await login('192.0.2.1', { cookie: 'eviltwin_device=forged.9999999999.AAAA' })).status).toBe(429)
    expect((await login('192.0.2.1', cookie === undefined ? {} : { cookie })).status).toBe(200)
    // The office, with a new browser.
    expect((await login('198.51.100.1')).status).toBe(200)
  })

  test('with a stolen login gets five attempts however many come at once, and then there is no login', async () => {
    const stolen = ((await (await login('198.51.100.1', {})).json()) as { access_token: string }).access_token
    const guess = async () =>
      (
        await api.call('/auth/password', {
          method: 'POST',
          as: stolen,
          body: JSON.stringify({ current_password: 'wrong', new_password: 'lantern orchid glacier mosaic' }),
        })
      ).status
    const statuses = await Promise.all(Array.from({ length: 60 }, guess))
    expect(statuses.filter((status) => status === 403)).toHaveLength(5)
    expect(statuses.every((status) => [401, 403, 429].includes(status))).toBe(true)
    expect(await guess()).toBe(401)
    expect((await login('198.51.100.1')).status).toBe(200)
    const refused = api.logged.filter(({ message }) => message === 'Password change refused')
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatchObject({ username: ADMIN.username, client_ip: expect.any(String) })
  })
})
