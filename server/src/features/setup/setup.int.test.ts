import type { Channel, ChannelTest, Setup } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

describe.each(inject('postgresServers'))('GET /setup on $version', (server) => {
  let api: TestPlatform
  let receiver: HttpReceiver
  let token: string
  beforeAll(async () => {
    receiver = await startHttpReceiver()
    // The dead man's switch does not answer yet.
    receiver.answer((response, { url }) => {
      response.statusCode = url === '/heartbeat' ? 500 : 200
      response.end()
    })
    api = await startTestPlatform(server, {
      environment: {
        OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
        OPERATIONS_INTERVAL_SECONDS: '0.1',
        HEARTBEAT_URL: `${receiver.url}/heartbeat`,
      },
    })
    token = await api.login()
  })
  afterAll(async () => {
    await api.close()
    await receiver.close()
  })
  const post = async <Answer>(path: string, body: unknown) =>
    (await (await api.call(path, { method: 'POST', as: token, body: JSON.stringify(body) })).json()) as Answer
  const setup = async () => (await (await api.call('/setup', { as: token })).json()) as Setup
  const step = async (id: string) => (await setup()).steps.find((each) => each.id === id)
  const isDone = (id: string) => async () => (await step(id))?.done

  test('nothing is done before it happened, and a heartbeat that is not answered counts for nothing', async () => {
    await until(() => receiver.requests.some(({ url }) => url === '/heartbeat'))
    const { complete, steps } = await setup()
    expect(complete).toBe(false)
    expect(steps.filter(({ done }) => done)).toEqual([])
  })

  test('an event of a sensor connects it', async () => {
    await api.send(JSON.stringify({ source_ip: '203.0.113.7', time: new Date().toISOString() }))
    expect(await step('sensor')).toMatchObject({ done: true, at: expect.any(String), next: null })
  })

  test('a test message that is delivered tests a channel; one that is not does not', async () => {
    const add = (url: string) =>
      post<Channel>('/channels', {
        name: 'team',
        settings: { type: 'webhook', url, secret: 'a secret of 24 characters' },
      })
    const broken = await add('http://127.0.0.1:9/')
    expect(await post<ChannelTest>(`/channels/${broken.id}/test`, {})).toMatchObject({ delivered: false })
    expect(await step('channel')).toMatchObject({ done: false, at: null })
    const working = await add(`${receiver.url}/hook`)
    expect(await post<ChannelTest>(`/channels/${working.id}/test`, {})).toMatchObject({ delivered: true })
    await until(isDone('channel'))
  })

  test('a second user is one who can log in', async () => {
    const { id } = await post<{ id: string }>('/users', {
      username: 'ann',
      password: 'lantern orchid glacier mosaic',
      role: 'analyst',
    })
    expect(await step('second_user')).toMatchObject({ done: true })
    const disable = JSON.stringify({ disabled: true })
    await api.call(`/users/${id}`, { method: 'PATCH', as: token, body: disable })
    expect(await step('second_user')).toMatchObject({ done: false })
  })

  test('analysts do not see it', async () => {
    await post('/users', { username: 'bob', password: 'lantern orchid glacier mosaic', role: 'analyst' })
    const bob = await api.login('bob', 'lantern orchid glacier mosaic')
    expect((await api.call('/setup', { as: bob })).status).toBe(403)
  })
})

describe('an external check', () => {
  test('is one that answers the heartbeat', async () => {
    const [server] = inject('postgresServers')
    if (!server) throw new Error('there is always the embedded PostgreSQL')
    const receiver = await startHttpReceiver()
    const api = await startTestPlatform(server, {
      environment: { OPERATIONS_INTERVAL_SECONDS: '0.1', HEARTBEAT_URL: receiver.url },
    })
    try {
      const token = await api.login()
      await until(async () => {
        const { steps } = (await (await api.call('/setup', { as: token })).json()) as Setup
        return steps.find(({ id }) => id === 'external_check')?.done
      })
    } finally {
      await api.close()
      await receiver.close()
    }
  })
})
