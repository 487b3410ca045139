import type {
  ApiKey,
  AuditEntry,
  CreatedApiKey,
  IngestMany,
  KeySensor,
  OpsAlert,
  Page,
  QuarantinedRecord,
  QuarantineReplayResult,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const [postgres] = inject('postgresServers')
if (!postgres) throw new Error('there is a PostgreSQL')
const environment = { OPERATIONS_INTERVAL_SECONDS: '0.2' }
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
const record = (sensor_id: string | undefined, more: object = {}) => {
  sent += 1
  return { source_ip: '203.0.113.7', occurred_at: new Date().toISOString(), n: sent, sensor_id, ...more }
}
const json = (method: string, body?: unknown) => ({
  method,
  as: token,
  ...(body !== undefined && { body: JSON.stringify(body) }),
})
async function call<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
  const response = await api.call(path, json(method, body))
  expect([path, response.status < 300 ? 'answered' : await response.text()]).toEqual([path, 'answered'])
  return (await response.json()) as Answer
}
const newKey = (body: object = {}) =>
  call<CreatedApiKey>('/api-keys', 'POST', { name: `key ${sent++}`, ...body })
const bind = (id: string, body: object) => call<ApiKey>(`/api-keys/${id}`, 'PATCH', body)
const keyOf = async (id: string) =>
  (await call<{ items: ApiKey[] }>('/api-keys')).items.find((key) => key.id === id) as ApiKey
const send = async (
  key: string,
  records: unknown[],
  { to = api, headers = {} }: { to?: TestPlatform; headers?: Record<string, string> } = {},
) => {
  const response = await to.call('/log', { method: 'POST', as: key, body: JSON.stringify(records), headers })
  expect(response.status).toBe(200)
  return (await response.json()) as IngestMany
}
const hec = (key: string, body: string, path = '/services/collector/event') =>
  api.call(path, { method: 'POST', headers: { authorization: `Splunk ${key}` }, body })
const quarantineOf = async (key_id: string) =>
  (await call<Page<QuarantinedRecord>>(`/quarantine?key_id=${key_id}`)).items
const replay = (key_id: string) => call<QuarantineReplayResult>('/quarantine/replay', 'POST', { key_id })
const stored = async (sensor_id: string) =>
  (await database.query('SELECT count(*)::int AS n FROM events WHERE sensor_id = $1', [sensor_id])).rows[0]
    .n as number
const refused = { accepted: 0, quarantined: 1, errors: [{ index: 0, reason: 'sensor_mismatch' }] }

describe('a sensor key', () => {
  test('is bound by the first record it sends; what claims another sensor is kept, and is no event', async () => {
    const { id, key, ...made } = await newKey()
    expect(made).toMatchObject({ kind: 'sensor', sensor_id: null, bound_at: null, any_sensor: false })
    expect(await send(key, [record('east-1')])).toMatchObject({ accepted: 1 })
    expect(await keyOf(id)).toMatchObject({
      kind: 'sensor',
      sensor_id: 'east-1',
      bound_by: 'first_use',
      bound_at: expect.any(String),
    })
    const stranger = record('east-2', { username: 'somebody else' })
    expect(await send(key, [stranger, record('east-1'), record(undefined)])).toMatchObject({
      accepted: 2,
      quarantined: 1,
      errors: [{ index: 0, reason: 'sensor_mismatch', detail: expect.stringContaining('east-2') }],
    })
    expect([await stored('east-1'), await stored('east-2')]).toEqual([3, 0])
    expect(await quarantineOf(id)).toMatchObject([
      { reason: 'sensor_mismatch', sensor_id: 'east-2', key_id: id, excerpt: JSON.stringify(stranger) },
    ])
  })

  test('one record alone that claims another sensor is answered 422 with the reason', async () => {
    const { key } = await newKey()
    await send(key, [record('alone-1')])
    const response = await api.call('/log', {
      method: 'POST',
      as: key,
      body: JSON.stringify(record('alone-2')),
    })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('sensor_mismatch')
  })

  test('a record that is no event binds nothing', async () => {
    const { id, key } = await newKey()
    expect(await send(key, [{ sensor_id: 'no-event-1' }])).toMatchObject({ accepted: 0, quarantined: 1 })
    expect(await keyOf(id)).toMatchObject({ sensor_id: null, bound_at: null })
  })

  test.each([
    ['the header X-Sensor-Id', 'header-1', { headers: { 'x-sensor-id': 'header-2' } }, undefined],
    [
      'the record, whatever the header says',
      'record-1',
      { headers: { 'x-sensor-id': 'record-1' } },
      'record-2',
    ],
  ])('may not claim another sensor by %s', async (_name, own, options, sensor_id) => {
    const { key } = await newKey()
    await send(key, [record(own)])
    expect(await send(key, [record(sensor_id)], options)).toMatchObject(refused)
  })

  test('may not claim another sensor by the envelope of HEC, nor by a raw line; both are kept and replayed', async () => {
    const { id, key } = await newKey()
    await hec(key, JSON.stringify({ event: record('hec-1') }))
    const { occurred_at, ...timeless } = record(undefined)
    const seconds = Date.parse(occurred_at) / 1000
    const envelopes = [seconds, seconds + 1].map((time) =>
      JSON.stringify({ time, host: 'hec-2', event: timeless }),
    )
    expect((await hec(key, envelopes.join(''))).status).toBe(200)
    expect((await hec(key, JSON.stringify(record('hec-3')), '/services/collector/raw')).status).toBe(200)
    expect([await stored('hec-1'), await stored('hec-2'), await stored('hec-3')]).toEqual([1, 0, 0])
    expect((await quarantineOf(id)).map(({ sensor_id }) => sensor_id).sort()).toEqual([
      'hec-2',
      'hec-2',
      'hec-3',
    ])
    expect(await replay(id)).toMatchObject({ replayed: 0, still_quarantined: 3 })
    await bind(id, { kind: 'collector', sensor_ids: ['hec-1', 'hec-2'] })
    expect(await replay(id)).toMatchObject({ replayed: 2, still_quarantined: 1 })
    expect(await stored('hec-2')).toBe(2)
    // The sensor sends what was refused once more: the same events.
    await hec(key, envelopes.join(''))
    expect(await stored('hec-2')).toBe(2)
  })

  test('of parallel first requests to two replicas with as many sensors, exactly one sensor wins', async () => {
    const { id, key } = await newKey()
    // Both replicas have the unbound key in memory.
    await Promise.all([send(key, [{}]), send(key, [{}], { to: replica })])
    const sensors = Array.from({ length: 12 }, (_, n) => `race-${n}`)
    const answers = await Promise.all(
      sensors.map((sensor, n) => send(key, [record(sensor)], { to: n % 2 ? replica : api })),
    )
    expect(answers.filter(({ accepted }) => accepted === 1)).toHaveLength(1)
    const { rows } = await database.query(
      "SELECT DISTINCT sensor_id FROM events WHERE sensor_id LIKE 'race-%'",
    )
    expect(rows).toEqual([{ sensor_id: (await keyOf(id)).sensor_id }])
    expect((await quarantineOf(id)).filter(({ reason }) => reason === 'sensor_mismatch')).toHaveLength(11)
  })

  test('that another replica has just bound lets no second sensor pass here, though it is unbound in memory', async () => {
    const { key } = await newKey()
    await send(key, [{}])
    await send(key, [record('replica-1')], { to: replica })
    expect(await send(key, [record('replica-2')])).toMatchObject(refused)
    expect(await send(key, [record('replica-1')])).toMatchObject({ accepted: 1 })
  })

  test('that an operator named gives its sensor to whatever it sends, as before', async () => {
    const { id, key } = await newKey({ sensor_id: 'named-1' })
    expect(await keyOf(id)).toMatchObject({ kind: 'sensor', sensor_id: 'named-1', bound_by: 'operator' })
    expect(await send(key, [record('another'), record(undefined)])).toMatchObject({ accepted: 2 })
    expect([await stored('named-1'), await stored('another')]).toEqual([2, 0])
  })

  test('that was revoked stays bound, and its successor binds to the same sensor', async () => {
    const old = await newKey()
    await send(old.key, [record('rotated-1')])
    await call(`/api-keys/${old.id}`, 'DELETE')
    const next = await newKey()
    expect(await send(next.key, [record('rotated-1')])).toMatchObject({ accepted: 1 })
    expect(await send(next.key, [record('rotated-2')])).toMatchObject(refused)
    expect((await api.call('/log', { method: 'POST', as: old.key, body: '{}' })).status).toBe(401)
    expect(await keyOf(old.id)).toMatchObject({ sensor_id: 'rotated-1', revoked_at: expect.any(String) })
  })

  test('is bound anew after an administrator took its sensor from it', async () => {
    const { id, key } = await newKey()
    await send(key, [record('moved-1')])
    expect(await bind(id, { kind: 'sensor', sensor_id: null })).toMatchObject({
      sensor_id: null,
      bound_by: null,
      bound_at: null,
    })
    expect(await send(key, [record('moved-2')])).toMatchObject({ accepted: 1 })
    expect(await send(key, [record('moved-1')])).toMatchObject(refused)
  })
})

describe('a collector', () => {
  test('speaks for the sensors of its list alone; one that is added later may be replayed', async () => {
    const { id, key } = await newKey({ kind: 'collector', sensor_ids: ['site-1', 'site-2'] })
    expect(await keyOf(id)).toMatchObject({
      kind: 'collector',
      sensor_ids: ['site-1', 'site-2'],
      any_sensor: false,
    })
    const answer = await send(key, [record('site-1'), record('site-2'), record('site-3'), record(undefined)])
    expect(answer).toMatchObject({ accepted: 2, quarantined: 2 })
    expect(await replay(id)).toMatchObject({ replayed: 0, still_quarantined: 2 })
    await bind(id, { kind: 'collector', sensor_ids: ['site-1', 'site-2', 'site-3'] })
    expect(await replay(id)).toMatchObject({ replayed: 1, still_quarantined: 1 })
    expect(await stored('site-3')).toBe(1)
    expect(await quarantineOf(id)).toMatchObject([{ sensor_id: 'generic-1', times_seen: 3 }])
  })

  test('for any sensor is flagged, and its sensors are listed, to bind it to them', async () => {
    const { id, key } = await newKey({ kind: 'collector', sensor_ids: null })
    expect(await keyOf(id)).toMatchObject({ kind: 'collector', sensor_ids: null, any_sensor: true })
    expect(await send(key, [record('free-1'), record('free-2'), record('free-2')])).toMatchObject({
      accepted: 3,
    })
    const seen = await until(async () => {
      const { items } = await call<{ items: KeySensor[] }>(`/api-keys/${id}/sensors`)
      return items.length === 2 && items
    })
    expect(seen.map(({ sensor_id, records, allowed }) => [sensor_id, records, allowed]).sort()).toEqual([
      ['free-1', 1, true],
      ['free-2', 2, true],
    ])
    await bind(id, { kind: 'collector', sensor_ids: seen.map(({ sensor_id }) => sensor_id) })
    expect(await keyOf(id)).toMatchObject({ any_sensor: false, bound_by: 'operator' })
    expect(await send(key, [record('free-3'), record('free-1')])).toMatchObject({
      accepted: 1,
      quarantined: 1,
    })
  })

  test.each<[object, string]>([
    [{ kind: 'collector' }, 'without a list'],
    [{ kind: 'collector', sensor_ids: [] }, 'with an empty list'],
    [
      { kind: 'collector', sensor_ids: Array.from({ length: 1001 }, (_, n) => `s${n}`) },
      'with 1,001 sensors',
    ],
    [{ kind: 'collector', sensor_ids: ['a\u0000b'] }, 'with a sensor that no record can name'],
    [{ kind: 'collector', sensor_ids: ['x'], sensor_id: 'x' }, 'with a sensor of its own'],
    [{ kind: 'sensor', sensor_ids: ['x'] }, 'that is a sensor'],
  ])('is refused %#, where its binding makes no sense', async (body, _what) => {
    expect((await api.call('/api-keys', json('POST', { name: 'wrong', ...body }))).status).toBe(422)
  })
})

describe('what was there before', () => {
  test('the key that the operator named at the start speaks for any sensor, flagged, until it is bound; a restart changes nothing', async () => {
    const { items } = await call<{ items: ApiKey[] }>('/api-keys')
    const bootstrap = items.find(({ name }) => name === 'bootstrap') as ApiKey
    expect(bootstrap).toMatchObject({ kind: 'collector', sensor_ids: null, any_sensor: true })
    expect(await send(SENSOR_KEY, [record('boot-1'), record('boot-2')])).toMatchObject({ accepted: 2 })
    await bind(bootstrap.id, { kind: 'collector', sensor_ids: ['boot-1'] })
    const restarted = await startTestPlatform(postgres, { environment, beside: api })
    expect(await send(SENSOR_KEY, [record('boot-2')], { to: restarted })).toMatchObject(refused)
    expect(await send(SENSOR_KEY, [record('boot-1')], { to: restarted })).toMatchObject({ accepted: 1 })
    await restarted.close()
    expect(await bind(bootstrap.id, { kind: 'collector', sensor_ids: null })).toMatchObject({
      any_sensor: true,
    })
  })
})

test('each change of a binding, by a person or by first use, is in the audit log', async () => {
  const { id, key } = await newKey()
  await send(key, [record('audited-1')])
  await bind(id, { kind: 'collector', sensor_ids: ['audited-1', 'audited-2'] })
  const entries = await until(async () => {
    const { items } = await call<Page<AuditEntry>>('/audit?action=api_key.bind')
    const found = items.filter(({ detail }) => detail?.target.id === id)
    return found.length === 2 && found
  })
  expect(entries).toMatchObject([
    {
      actor_kind: 'user',
      detail: {
        before: { sensor_id: 'audited-1', bound_by: 'first_use' },
        after: { sensor_id: null, sensor_ids: ['audited-1', 'audited-2'] },
      },
    },
    { actor_kind: 'key', detail: { after: { sensor_id: 'audited-1' } } },
  ])
})

test('a key without the scope ingest has no kind and cannot be bound', async () => {
  const { id } = await newKey({ scopes: ['metrics:read'] })
  expect(await keyOf(id)).toMatchObject({ kind: null, any_sensor: false })
  const response = await api.call(`/api-keys/${id}`, json('PATCH', { kind: 'sensor', sensor_id: 'x' }))
  expect(response.status).toBe(422)
})

test('a mismatch is alerted with key and sensor, counted, and shown with the key, however many sensors it claims', async () => {
  const { id, key, prefix } = await newKey({ name: 'leaked' })
  await send(key, [record('leaked-1')])
  await send(
    key,
    Array.from({ length: 150 }, (_, n) => record(`victim-${n}`)),
  )
  const firing = await until(async () => {
    const { items } = await call<{ items: OpsAlert[] }>('/ops/alerts')
    const alert = items.find((candidate) => candidate.id === 'sensor-mismatch')
    return alert?.state === 'firing' && alert.detail?.includes('leaked') && alert
  })
  expect(firing).toMatchObject({ severity: 'high' })
  expect(firing.detail).toContain(`key ${prefix}… (leaked)`)
  const { items } = await call<{ items: KeySensor[] }>(`/api-keys/${id}/sensors`)
  const claims = items.filter(({ allowed }) => !allowed)
  expect(claims.reduce((sum, { records }) => sum + records, 0)).toBe(150)
  expect(claims).toHaveLength(101)
  expect(claims.find(({ sensor_id }) => sensor_id === null)).toMatchObject({ records: 50 })
  expect(await keyOf(id)).toMatchObject({ refused_records: 150, last_refused_at: expect.any(String) })
  const metrics = await (await api.call('/metrics')).text()
  expect(metrics).toMatch(/^eviltwin_records_quarantined_total\{reason="sensor_mismatch"\} \d+$/m)
})
