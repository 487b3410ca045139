import type { Channel, ChannelTests, Notification, OpsAlert } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../../testing/http-receiver.js'
import { startTestPlatform, type TestPlatform } from '../../../testing/test-platform.js'
import { until } from '../../../testing/until.js'

const ENVIRONMENT = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '20',
  OPERATIONS_INTERVAL_SECONDS: '0.2',
  OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
}
const WEEK_MS = 7 * 86_400_000

describe.each(inject('postgresServers'))('channel tests on $version', { timeout: 90_000 }, (server) => {
  const open: TestPlatform[] = []
  const closing: Array<() => Promise<unknown>> = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    for (const platform of open.splice(0).reverse()) await platform.close()
  })

  async function started(environment: Record<string, string> = {}, beside?: TestPlatform, now = Date.now) {
    const platform = await startTestPlatform(server, {
      environment: { ...ENVIRONMENT, ...environment },
      now,
      ...(beside && { beside }),
    })
    open.push(platform)
    const token = await platform.login()
    const client = new pg.Client(platform.databaseUrl)
    await client.connect()
    closing.push(() => client.end())
    const call = (path: string, method = 'GET', body?: object) =>
      platform.call(path, { method, as: token, ...(body && { body: JSON.stringify(body) }) })
    const tests = async () => (await (await call('/synthetic/channel-test')).json()) as ChannelTests
    return { platform, call, tests, rows: async (text: string) => (await client.query(text)).rows }
  }
  type Started = Awaited<ReturnType<typeof started>>

  async function receiver(): Promise<HttpReceiver> {
    const opened = await startHttpReceiver()
    closing.push(opened.close)
    return opened
  }
  const channelTo = async ({ call }: Started, url: string) => {
    const settings = { type: 'webhook', url, secret: 'a secret of 24 characters' }
    return (await (
      await call('/channels', 'POST', { name: 'on call', operational_alerts: false, settings })
    ).json()) as Channel
  }
  const begin = (own: Started, channel_id: string) =>
    own.call('/synthetic/channel-test/tests', 'POST', { channel_id })
  const choose = (own: Started, channel_id: string, weekday = 3, hour = 4) =>
    own.call('/synthetic/channel-test/schedule', 'PUT', { channel_id, weekday, hour })
  const settled = (own: Started) =>
    until(async () => (await own.tests()).tests.find(({ settled_at }) => settled_at !== null))
  const attack = ({ platform }: Started) => platform.platform.beginAttacks(platform.url)
  const received = (at: HttpReceiver) => at.requests.map(({ body }) => JSON.parse(body) as Notification)

  test('the alert of an attack reaches the channel, marked as a test, and no list of alerts', async () => {
    const own = await started()
    const there = await receiver()
    const { id } = await channelTo(own, there.url)
    await attack(own)
    const answer = await begin(own, id)
    expect(answer.status).toBe(201)
    expect(await answer.json()).toMatchObject({ state: 'waiting', requested_by: 'admin', failure: null })
    const outcome = await settled(own)
    expect(outcome).toMatchObject({ state: 'delivered', failure: null, channel_name: 'on call' })
    expect(received(there)).toEqual([
      {
        kind: 'test',
        sent_at: expect.any(String),
        message: expect.stringContaining('A test that admin asked for of the channel on call'),
        alert: expect.objectContaining({ sensor_id: expect.stringMatching(/^synthetic-/) }),
      },
    ])
    const [run] = await own.rows(`SELECT alert_id FROM synthetic_runs WHERE id = '${outcome.run_id}'`)
    expect(received(there)[0]).toMatchObject({ alert: { id: run.alert_id } })
    expect(await own.rows('SELECT FROM alerts')).toEqual([])
    const outbox = await own.call('/channels/deliveries')
    expect(await outbox.json()).toMatchObject({ items: [{ id: outcome.id, state: 'delivered' }] })
  })

  test('it is due once a week, and made once by two servers, also after all of them were away', async () => {
    let ahead = 0
    const now = () => Date.now() + ahead
    const first = await started({}, undefined, now)
    const second = await started({}, first.platform, now)
    const there = await receiver()
    const { id } = await channelTo(first, there.url)
    expect((await choose(first, id)).status).toBe(200)
    await attack(first)
    await attack(second)
    const { schedule, tests } = await first.tests()
    expect(tests).toEqual([])
    const due = new Date(schedule?.next_at ?? 0)
    expect([due.getUTCDay(), due.getUTCHours(), due.getUTCMinutes()]).toEqual([3, 4, 0])
    ahead = due.getTime() + 2 * WEEK_MS + 60_000 - Date.now()
    await until(
      async () => (await first.rows('SELECT FROM channel_tests WHERE settled_at IS NOT NULL')).length > 0,
    )
    const rows = await first.rows('SELECT state, requested_by FROM channel_tests')
    expect(rows).toEqual([{ state: 'delivered', requested_by: null }])
    expect(there.requests).toHaveLength(1)
    expect(received(there)[0]).toMatchObject({ message: expect.stringContaining('The weekly test') })
    const [{ next_at }] = await first.rows('SELECT next_at FROM channel_test_schedule')
    expect(next_at).toEqual(new Date(due.getTime() + 3 * WEEK_MS))
  })

  test('a dead channel is found with its reason, is an operational alert, and ends it when it delivers again', async () => {
    let ahead = 0
    const own = await started({}, undefined, () => Date.now() + ahead)
    const there = await receiver()
    there.answer((response) => response.writeHead(503).end())
    const { id } = await channelTo(own, there.url)
    await choose(own, id)
    await attack(own)
    await begin(own, id)
    expect(await settled(own)).toMatchObject({
      state: 'failed',
      failure: expect.stringMatching(/^3 attempts failed: .*503/),
    })
    let token = await own.platform.login()
    const alert = async () => {
      const answer = await own.platform.call('/ops/alerts', { as: token })
      const { items } = (await answer.json()) as { items: OpsAlert[] }
      return items.find((each) => each.id === 'channel-test-failed')
    }
    const reaches = (state: OpsAlert['state']) =>
      until(async () => {
        const now = await alert()
        return now?.state === state && now
      })
    await reaches('pending')
    // It has to hold for a minute.
    ahead = 11 * 60_000
    token = await own.platform.login()
    expect(await reaches('firing')).toMatchObject({
      name: 'Channel test failed',
      detail: expect.stringContaining('on call: 3 attempts failed'),
    })
    there.answer((response) => response.end('ok'))
    expect(await reaches('resolved')).toBeDefined()
    expect(await own.rows('SELECT state, failure FROM channel_tests')).toEqual([
      { state: 'delivered', failure: null },
    ])
  })

  test('tests of other channels do not hide that the chosen one failed', async () => {
    const own = await started()
    const [{ id }, other] = [await channelTo(own, (await receiver()).url), crypto.randomUUID()]
    await choose(own, id)
    await own.rows(`INSERT INTO channel_tests (id, channel_id, channel_name, requested_at, settled_at, state, failure) VALUES
      (gen_random_uuid(), '${id}', 'on call', now() - interval '1 day', now(), 'failed', 'it was refused')`)
    await own.rows(`INSERT INTO channel_tests (id, channel_id, channel_name, requested_at, settled_at, state)
      SELECT gen_random_uuid(), '${other}', 'another', now() - n * interval '1 minute', now(), 'delivered' FROM generate_series(1, 20) n`)
    await attack(own)
    const pending = await until(async () => {
      const { items } = (await (await own.call('/ops/alerts')).json()) as { items: OpsAlert[] }
      return items.find(({ id, state }) => id === 'channel-test-failed' && state === 'pending')
    })
    expect(pending.value).toBe(1)
  })

  test.each([
    ['removed', (own: Started, id: string) => own.call(`/channels/${id}`, 'DELETE')],
    ['disabled', (own: Started, id: string) => own.call(`/channels/${id}`, 'PATCH', { enabled: false })],
  ] as const)('a channel that is %s fails its test, and nothing is sent', async (what, change) => {
    const own = await started()
    const there = await receiver()
    const { id } = await channelTo(own, there.url)
    await choose(own, id)
    await change(own, id)
    await own.rows(`UPDATE channel_test_schedule SET next_at = now() - interval '1 minute'`)
    await attack(own)
    expect(await settled(own)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining(what),
    })
    expect(there.requests).toEqual([])
  })

  test('where no attack becomes an alert nothing is sent, and the test says so', async () => {
    let ahead = 0
    const own = await started({}, undefined, () => Date.now() + ahead)
    const there = await receiver()
    const { id } = await channelTo(own, there.url)
    // What the alert manager takes its work from is not there.
    await own.rows('ALTER TABLE alert_feed RENAME TO alert_feed_away')
    await attack(own)
    await begin(own, id)
    await until(
      async () => (await own.rows('SELECT FROM synthetic_runs WHERE attacked_at IS NOT NULL')).length > 0,
    )
    ahead = 11 * 60_000
    const failed = await until(
      async () =>
        (await own.rows('SELECT state, failure FROM channel_tests WHERE settled_at IS NOT NULL'))[0],
    )
    expect(failed).toEqual({
      state: 'failed',
      failure: expect.stringContaining('no attack became an alert'),
    })
    await own.rows('ALTER TABLE alert_feed_away RENAME TO alert_feed')
    expect(there.requests).toEqual([])
  })

  test('one test at a time, of a channel that there is, while attacks are made', async () => {
    const own = await started()
    const { id } = await channelTo(own, (await receiver()).url)
    expect((await begin(own, id)).status).toBe(201)
    expect((await begin(own, id)).status).toBe(409)
    const missing = '01890000-0000-7000-8000-000000000000'
    expect((await begin(own, missing)).status).toBe(404)
    expect((await choose(own, missing)).status).toBe(404)
    expect((await choose(own, id, 8)).status).toBe(422)
    expect((await choose(own, id, 1, 24)).status).toBe(422)
    await choose(own, id)
    expect((await own.call('/synthetic/channel-test/schedule', 'DELETE')).status).toBe(204)
    expect((await own.tests()).schedule).toBeNull()
    const off = await started({ SYNTHETIC_ATTACKS: 'off' }, own.platform)
    const refused = await begin(off, id)
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('SYNTHETIC_ATTACKS=on'),
    ])
  })

  test('a hundred tests are kept', async () => {
    const own = await started()
    const { id } = await channelTo(own, (await receiver()).url)
    await own.rows(`INSERT INTO channel_tests (id, channel_id, channel_name, requested_at, settled_at, state)
    SELECT gen_random_uuid(), '${id}', 'on call', now() - n * interval '1 hour', now(), 'delivered' FROM generate_series(1, 120) n`)
    expect((await begin(own, id)).status).toBe(201)
    const [{ count }] = await own.rows('SELECT count(*)::int FROM channel_tests')
    expect(count).toBe(100)
    expect((await own.tests()).tests).toHaveLength(10)
  })
})
