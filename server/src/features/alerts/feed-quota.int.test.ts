import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { connectFeed, openFeed, ticketFor } from '../../testing/test-feed.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

describe.each(inject('postgresServers').slice(0, 1))('admission to the live feed on $version', (server) => {
  let api: TestPlatform
  let token: string
  beforeAll(async () => {
    api = await startTestPlatform(server, {
      environment: { WS_MAX_CLIENTS_PER_USER: '3', CORS_ORIGINS: 'https://portal.example.org' },
    })
    token = await api.login()
  })
  afterAll(() => api.close())

  test('a user has so many feeds at once, whatever login they are of, and others have theirs', async () => {
    const again = await api.login()
    const feeds = [await openFeed(api, token), await openFeed(api, token), await openFeed(api, again)]
    expect(await (await openFeed(api, again)).closed).toBe(4429)
    const ann = { username: 'ann', password: 'lantern orchid glacier mosaic' }
    await api.call('/users', { method: 'POST', as: token, body: JSON.stringify(ann) })
    const other = await openFeed(api, await api.login(ann.username, ann.password))
    await feeds.pop()?.close()
    // The server learns of the end of a connection a moment later.
    const admitted = await until(async () => {
      const feed = await openFeed(api, token)
      const message = await Promise.race([
        feed.closed,
        until(async () => feed.messages.some(({ event_type }) => event_type === 'CONNECTED')),
      ])
      return message === true && feed
    })
    for (const feed of [...feeds, other, admitted]) await feed.close()
  })

  test('pages of other sites are refused, those of this server and of CORS_ORIGINS are not', async () => {
    const connect = async (origin: string) =>
      connectFeed(api.url, await ticketFor(api.call, token), undefined, origin)
    await expect(connect('https://evil.example.com')).rejects.toThrow(/403/)
    await expect(connect('null')).rejects.toThrow(/403/)
    for (const origin of [api.url, 'https://portal.example.org']) await (await connect(origin)).close()
  })

  test('a page of CORS_ORIGINS may call the API, and a page of another site may not', async () => {
    const ask = (origin: string) =>
      api.call('/sessions', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      })
    const allowed = async (origin: string) => (await ask(origin)).headers.get('access-control-allow-origin')
    expect((await ask('https://portal.example.org')).status).toBe(204)
    expect(await allowed('https://portal.example.org')).toBe('https://portal.example.org')
    expect(await allowed('https://evil.example.com')).toBeNull()
  })

  test('unused tickets of a login are so many and no more', async () => {
    const as = await api.login()
    const statuses: number[] = []
    for (let n = 0; n < 101; n += 1)
      statuses.push((await api.call('/auth/ws-ticket', { method: 'POST', as })).status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    expect(statuses.at(-1)).toBe(429)
  })
})
