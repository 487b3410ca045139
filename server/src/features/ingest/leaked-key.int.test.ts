import type {
  Alert,
  ApiKey,
  CanaryTokenDetail,
  CreatedApiKey,
  IngestMany,
  OpsAlert,
  Page,
  QuarantinedRecord,
  QuarantineReplayResult,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const [postgres] = inject('postgresServers')
if (!postgres) throw new Error('there is a PostgreSQL')
const environment = { OPERATIONS_INTERVAL_SECONDS: '0.2', TRUST_PROXY: '127.0.0.1' }
let api: TestPlatform
let replica: TestPlatform
let token: string
let database: pg.Client

beforeAll(async () => {
  api = await startTestPlatform(postgres, { environment })
  replica = await startTestPlatform(postgres, { environment, beside: api })
  token = await api.login()
  database = new pg.Client({ connectionString: api.databaseUrl })
  await database.connect()
})
afterAll(async () => {
  await database.end()
  await replica.close()
  await api.close()
})

let sent = 0
const record = (sensor_id: unknown, more: object = {}) => {
  sent += 1
  return { source_ip: '203.0.113.7', occurred_at: new Date().toISOString(), n: sent, sensor_id, ...more }
}
const request = (path: string, method = 'GET', body?: unknown) =>
  api.call(path, { method, as: token, ...(body !== undefined && { body: JSON.stringify(body) }) })
async function call<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
  const response = await request(path, method, body)
  expect([path, response.status < 300 ? 'answered' : await response.text()]).toEqual([path, 'answered'])
  return (await response.json()) as Answer
}
const newKey = (body: object = {}) =>
  call<CreatedApiKey>('/api-keys', 'POST', { name: `key ${sent++}`, ...body })
const bind = (id: string, body: object) => request(`/api-keys/${id}`, 'PATCH', body)
const keyOf = async (id: string) =>
  (await call<{ items: ApiKey[] }>('/api-keys')).items.find((key) => key.id === id) as ApiKey
const post = (key: string, body: unknown, headers: Record<string, string> = {}, to = api) =>
  to.call('/log', { method: 'POST', as: key, body: JSON.stringify(body), headers })
async function send(key: string, records: unknown[], to = api): Promise<IngestMany> {
  const response = await post(key, records, {}, to)
  expect(response.status).toBe(200)
  return (await response.json()) as IngestMany
}
const hec = (key: string, body: string, path = '/services/collector/event', to = api) =>
  to.call(path, { method: 'POST', headers: { authorization: `Splunk ${key}` }, body })
const quarantineOf = async (key_id: string) =>
  (await call<Page<QuarantinedRecord>>(`/quarantine?key_id=${key_id}&limit=100`)).items
const replay = (key_id: string) => call<QuarantineReplayResult>('/quarantine/replay', 'POST', { key_id })
const stored = async (sensor_id: string) =>
  (await database.query('SELECT count(*)::int AS n FROM events WHERE sensor_id = $1', [sensor_id])).rows[0]
    .n as number
const mismatch = { accepted: 0, quarantined: 1, errors: [{ index: 0, reason: 'sensor_mismatch' }] }

describe('the sensor of a canary token', () => {
  const create = (kind = 'link') =>
    call<CanaryTokenDetail>('/canary/tokens', 'POST', { kind, name: 'payroll' })

  /** Each way of a record to a sensor, in every wire format. */
  const ways: Array<[string, (key: string, sensor: string) => Promise<Response>]> = [
    ['the generic format', (key, sensor) => post(key, record(sensor, { event_type: 'canary' }))],
    ['the header', (key, sensor) => post(key, record(undefined), { 'x-sensor-id': sensor })],
    [
      'Cowrie',
      (key, sensor) =>
        post(key, {
          eventid: 'cowrie.session.connect',
          src_ip: '203.0.113.7',
          sensor,
          timestamp: new Date().toISOString(),
        }),
    ],
    [
      'Dionaea',
      (key, sensor) =>
        post(key, {
          connection: { protocol: 'ftpd' },
          src_ip: '203.0.113.7',
          sensor,
          timestamp: new Date().toISOString(),
        }),
    ],
    [
      'OpenCanary',
      (key, node_id) =>
        post(key, {
          message: JSON.stringify({
            node_id,
            logtype: 2000,
            logdata: {},
            src_host: '203.0.113.7',
            utc_time: new Date().toISOString().replace('T', ' ').replace('Z', ''),
          }),
        }),
    ],
    [
      'Canarytokens with a header',
      (key, sensor) =>
        post(
          key,
          {
            manage_url: 'http://192.0.2.1/',
            memo: 'payroll',
            src_ip: '203.0.113.7',
            time: new Date().toISOString(),
          },
          { 'x-sensor-id': sensor },
        ),
    ],
    [
      'an envelope of HEC',
      (key, host) => hec(key, JSON.stringify({ host, event: record(undefined, { event_type: 'canary' }) })),
    ],
    [
      'a raw line of HEC',
      (key, sensor) => hec(key, JSON.stringify(record(sensor)), '/services/collector/raw'),
    ],
  ]

  test.each(ways)(
    'is spoken for by no key by way of %s; nothing is stored or bound',
    async (_way, sendBy) => {
      const { sensor_id } = await create()
      for (const body of [{}, { kind: 'collector', sensor_ids: null }]) {
        const { id, key } = await newKey(body)
        const response = await sendBy(key, sensor_id)
        if (response.status !== 200) {
          expect(response.status).toBe(422)
          expect(await response.text()).toContain(`no key may speak for the canary token ${sensor_id}`)
        }
        expect(await quarantineOf(id)).toMatchObject([{ reason: 'sensor_mismatch', sensor_id }])
        expect(await keyOf(id)).toMatchObject({ sensor_id: null, bound_at: null })
        expect(await replay(id)).toMatchObject({ replayed: 0, still_quarantined: 1 })
      }
      expect(await stored(sensor_id)).toBe(0)
    },
  )

  test('keeps its first visit as an alert of its own, and the key that claimed it is alerted', async () => {
    const detail = await create()
    const { key, prefix } = await newKey({ name: 'leaked to a canary' })
    const claims = [detail.sensor_id, detail.sensor_id.toUpperCase()].map((sensor) =>
      record(sensor, { event_type: 'canary', sensor_kind: 'canarytoken' }),
    )
    expect(await send(key, claims)).toMatchObject({ accepted: 0, quarantined: 2 })
    await api.call(new URL(detail.url).pathname, { headers: { 'x-forwarded-for': '198.51.100.4' } })
    const alerts = await until(async () => {
      const { items } = await call<Page<Alert>>(`/alerts?sensor_id=${detail.sensor_id}`)
      return items.length > 0 && items
    })
    expect(alerts).toMatchObject([{ source_ip: '198.51.100.4', occurrence_count: 1, source_count: 1 }])
    expect(await call<CanaryTokenDetail>(`/canary/tokens/${detail.id}`)).toMatchObject({ hit_count: 1 })
    const firing = await until(async () => {
      const { items } = await call<{ items: OpsAlert[] }>('/ops/alerts')
      const alert = items.find((candidate) => candidate.id === 'sensor-mismatch')
      return alert?.state === 'firing' && alert.detail?.includes('leaked to a canary') && alert
    })
    expect(firing.detail).toContain(prefix)
  })

  test('is refused in a binding, with the reason', async () => {
    const { sensor_id } = await create()
    const { id } = await newKey()
    for (const body of [
      { kind: 'sensor', sensor_id },
      { kind: 'collector', sensor_ids: ['a', sensor_id.toUpperCase()] },
      { kind: 'sensor', sensor_id: 'canary-webhook' },
    ]) {
      const response = await bind(id, body)
      expect(response.status).toBe(422)
      expect(await response.text()).toContain('the ids of canary tokens are reserved')
      expect((await request('/api-keys', 'POST', { name: 'x', ...body })).status).toBe(422)
    }
  })

  test('takes what its own hook reports, also when that waited in the quarantine', async () => {
    const { url, sensor_id } = await create('canarytokens')
    const report = {
      manage_url: 'http://192.0.2.1/',
      memo: 'payroll',
      src_ip: '203.0.113.8',
      time: 'not a time',
    }
    const hook = (body: object) =>
      api.call(new URL(url).pathname, { method: 'POST', body: JSON.stringify(body) })
    expect(await (await hook(report)).json()).toEqual({ status: 'quarantined' })
    // As if the time was understood now.
    await database.query(
      `UPDATE quarantine SET body = replace(convert_from(body, 'UTF8'), 'not a time', $2)::bytea
      WHERE sensor_id = '${sensor_id}' AND $1 = 1`,
      [1, new Date().toISOString()],
    )
    await call('/quarantine/replay', 'POST', { sensor_id })
    expect(await stored(sensor_id)).toBe(1)
  })

  test('is spoken for by nobody without a key either, where none is needed, also by a replay', async () => {
    const { sensor_id } = await create()
    const open = await startTestPlatform(postgres as NonNullable<typeof postgres>, {
      environment: { ...environment, INGEST_AUTH: 'none' },
      beside: api,
    })
    const answer = await open.call('/log', { method: 'POST', body: JSON.stringify([record(sensor_id)]) })
    expect(await answer.json()).toMatchObject(mismatch)
    await call('/quarantine/replay', 'POST', { key_id: 'none', reason: 'sensor_mismatch' })
    await open.close()
    expect(await stored(sensor_id)).toBe(0)
  })
})

describe('a key that was revoked', () => {
  test('while it was unbound is bound by no replica that has it in memory; its sender is answered 401', async () => {
    const { id, key } = await newKey()
    // Both replicas have the unbound key in memory.
    await Promise.all([send(key, [{}]), send(key, [{}], replica)])
    await call(`/api-keys/${id}`, 'DELETE')
    const answers = await Promise.all(
      [1, 2, 3].map((n) => post(key, record(`late-${n}`), {}, n === 2 ? api : replica)),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    expect((await hec(key, JSON.stringify({ event: record('late-4') }), undefined, replica)).status).toBe(403)
    expect(await keyOf(id)).toMatchObject({ sensor_id: null, bound_at: null })
  })

  test('while it was unbound is bound by no replay', async () => {
    const { id, key } = await newKey()
    await send(key, [record('late-replay', { occurred_at: 'no time' })])
    await database.query(
      `UPDATE quarantine SET body = replace(convert_from(body, 'UTF8'), 'no time', '2026-11-20T00:00:00Z')::bytea WHERE key_id = $1`,
      [id],
    )
    await call(`/api-keys/${id}`, 'DELETE')
    expect(await replay(id)).toMatchObject({ replayed: 0, still_quarantined: 1 })
    expect(await quarantineOf(id)).toMatchObject([{ reason: 'sensor_mismatch', sensor_id: 'late-replay' }])
    expect([await stored('late-replay'), (await keyOf(id)).sensor_id]).toEqual([0, null])
  })

  test('cannot be bound, says why, and is not flagged any more', async () => {
    const { id, name } = await newKey({ kind: 'collector', sensor_ids: null })
    expect(await keyOf(id)).toMatchObject({ any_sensor: true })
    await call(`/api-keys/${id}`, 'DELETE')
    for (const body of [
      { kind: 'collector', sensor_ids: null },
      { kind: 'sensor', sensor_id: 'x' },
      { kind: 'sensor', sensor_id: null },
    ]) {
      const response = await bind(id, body)
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({
        type: '/problems/conflict',
        detail: expect.stringMatching(
          new RegExp(`the key ${name} was revoked at .*cannot be bound; create a new key`),
        ),
      })
    }
    expect(await keyOf(id)).toMatchObject({ kind: 'collector', sensor_ids: null, any_sensor: false })
  })
})

describe('a sensor to which another valid key is bound', () => {
  const named = (sensor_id: string) => ({ sensor_id })
  const listed = (sensor_id: string) => ({ kind: 'collector', sensor_ids: ['other', sensor_id] })

  test.each([
    ['on its first use', () => ({})],
    ['by an operator', named],
    ['as one of a collector', listed],
  ])('%s is taken by no first use, in whatever case; the reason says what to do', async (how, bodyOf) => {
    const sensor = `Taken-${how.replaceAll(' ', '-')}`
    const first = await newKey(bodyOf(sensor))
    await send(first.key, [record(sensor)])
    const second = await newKey()
    for (const claimed of [sensor, sensor.toUpperCase()]) {
      expect(await send(second.key, [record(claimed)], replica)).toMatchObject({
        ...mismatch,
        errors: [
          { detail: expect.stringContaining(`another key is bound to the sensor ${claimed}: revoke`) },
        ],
      })
    }
    expect(await keyOf(second.id)).toMatchObject({ sensor_id: null, refused_records: expect.any(Number) })
    expect(await stored(sensor)).toBe(1)
    // It is still free for a sensor of its own.
    expect(await send(second.key, [record(`${sensor}-own`)])).toMatchObject({ accepted: 1 })
  })

  test('is taken by one of many keys that send their first record at the same time to two replicas', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => newKey()))
    const answers = await Promise.all(
      keys.map(({ key }, n) => send(key, [record(n % 3 ? 'contested' : 'CONTESTED')], n % 2 ? replica : api)),
    )
    expect(answers.filter(({ accepted }) => accepted === 1)).toHaveLength(1)
    const bound = (await Promise.all(keys.map(({ id }) => keyOf(id)))).filter(({ sensor_id }) => sensor_id)
    expect(bound).toHaveLength(1)
  })

  test('goes on with a successor that an administrator named for it, beside the old key and after it', async () => {
    const old = await newKey()
    await send(old.key, [record('rotated-named')])
    const next = await newKey({ sensor_id: 'rotated-named' })
    expect(await send(next.key, [record('rotated-named')])).toMatchObject({ accepted: 1 })
    expect(await send(old.key, [record('rotated-named')])).toMatchObject({ accepted: 1 })
    await call(`/api-keys/${old.id}`, 'DELETE')
    expect(await send(next.key, [record('rotated-named')])).toMatchObject({ accepted: 1 })
  })

  test('goes on with an unbound successor once the old key is revoked, and what waited is replayed', async () => {
    const old = await newKey()
    await send(old.key, [record('rotated-first')])
    const next = await newKey()
    expect(await send(next.key, [record('rotated-first')])).toMatchObject(mismatch)
    expect(await replay(next.id)).toMatchObject({ replayed: 0, still_quarantined: 1 })
    await call(`/api-keys/${old.id}`, 'DELETE')
    expect(await replay(next.id)).toMatchObject({ replayed: 1, still_quarantined: 0 })
    expect(await send(next.key, [record('rotated-first')])).toMatchObject({ accepted: 1 })
    expect([await stored('rotated-first'), (await keyOf(next.id)).sensor_id]).toEqual([3, 'rotated-first'])
  })
})

describe('what is no id of a sensor', () => {
  const wrong: Array<[string, unknown]> = [
    ['a zero-width space', '\u200b'],
    ['one inside', 'east\u200b-1'],
    ['a replacement character', '\ufffd'],
    ['a control character', 'a\u0007b'],
    ['a list', ['east-1']],
    ['an object', {}],
    ['full-width letters', 'ｅａｓｔ-1'],
    ['more than 256 characters', 'x'.repeat(257)],
  ]
  test.each(wrong)(
    '%s is answered 422, in a record and in a binding, and binds nothing',
    async (_what, sensor) => {
      const { id, key } = await newKey()
      const response = await post(key, record(sensor))
      expect(response.status).toBe(422)
      expect(await response.text()).toContain('invalid_sensor_id')
      expect((await bind(id, { kind: 'sensor', sensor_id: sensor })).status).toBe(422)
      expect((await bind(id, { kind: 'collector', sensor_ids: [sensor] })).status).toBe(422)
      expect((await request('/api-keys', 'POST', { name: 'x', sensor_id: sensor })).status).toBe(422)
      expect(await keyOf(id)).toMatchObject({ sensor_id: null, bound_at: null })
    },
  )

  test('two ids that differ after 256 characters are never the same, in no header, envelope or replay', async () => {
    const longest = 'y'.repeat(256)
    const { id, key } = await newKey()
    expect(await send(key, [record(longest)])).toMatchObject({ accepted: 1 })
    const response = await post(key, record(undefined), { 'x-sensor-id': `${longest}z` })
    expect(response.status).toBe(422)
    await hec(key, JSON.stringify({ host: `${longest}z`, event: record(undefined) }))
    await hec(key, JSON.stringify({ host: ['east-1'], event: record(undefined) }))
    expect((await quarantineOf(id)).map(({ reason }) => reason)).toEqual(Array(3).fill('invalid_sensor_id'))
    expect(await replay(id)).toMatchObject({ replayed: 0, still_quarantined: 3 })
    expect(await stored(longest)).toBe(1)
  })
})

test('a key without the scope ingest is given no sensors', async () => {
  for (const body of [{ sensor_id: 'x' }, { kind: 'collector', sensor_ids: null }]) {
    const response = await request('/api-keys', 'POST', { name: 'x', scopes: ['metrics:read'], ...body })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('without the scope ingest sends no events: add that scope')
  }
})
