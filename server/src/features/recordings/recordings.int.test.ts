import { createHash, randomUUID } from 'node:crypto'
import type {
  AuditEntry,
  CreatedApiKey,
  IngestOne,
  Page,
  Problem,
  Recording,
  RecordingFrame,
  RecordingFrames,
  StoredRecording,
} from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openDatabase } from '../../platform/postgres/database.js'
import { silent } from '../../testing/silent.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { encodeTtylog } from '../../testing/ttylog.js'
import { applyRetention } from '../retention/store.js'

const [postgres] = inject('postgresServers')
if (!postgres) throw new Error('there is a PostgreSQL')
let api: TestPlatform
let token: string
let clock = Date.now()

beforeAll(async () => {
  api = await startTestPlatform(postgres, {
    environment: { RECORDING_MAX_BYTES: '4000', RECORDINGS_MAX_PER_KEY: '40' },
    now: () => clock,
  })
  token = await api.login()
})
afterAll(() => api.close())

const CAST = 'application/x-asciicast'
const HEADER = '{"version": 2, "width": 100, "height": 30, "title": "kept as it is"}'
const lines = (...all: unknown[]) =>
  all.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('')
let made = 0
const newName = () => {
  made += 1
  return `recording-${made}`
}
const sessionOf = () => `s-${randomUUID()}`

async function newKey(body: object = {}): Promise<CreatedApiKey> {
  const response = await api.call('/api-keys', {
    method: 'POST',
    as: token,
    body: JSON.stringify({ name: `key ${newName()}`, ...body }),
  })
  return (await response.json()) as CreatedApiKey
}

interface Put {
  key?: string
  type?: string
  body: string | Uint8Array
  query: Record<string, string>
}
const put = (path: string, { key = SENSOR_KEY, type = CAST, body, query }: Put) =>
  api.call(`/evidence/recordings/${path}?${new URLSearchParams(query)}`, {
    method: 'PUT',
    as: key,
    headers: { 'content-type': type },
    body: body as BodyInit,
  })
const putChunk = (name: string, n: number, body: string, query: Record<string, string>, key = SENSOR_KEY) =>
  put(`${name}/chunks/${n}`, { key, body, query })
async function read<Answer>(path: string): Promise<Answer> {
  const response = await api.call(path, { as: token })
  expect([path, response.status < 300 ? 'answered' : await response.text()]).toEqual([path, 'answered'])
  return (await response.json()) as Answer
}
const stored = async (response: Response) => {
  expect([response.status, response.ok ? '' : await response.text()]).toEqual([200, ''])
  return (await response.json()) as StoredRecording
}
const problem = async (response: Response) => {
  const { status, detail, errors } = (await response.json()) as Problem
  return { status, detail, errors }
}
/** A session of the platform, by an event that a sensor sends. */
async function newSession(sensor_id: string, session: string, source_ip = '203.0.113.9') {
  const event = {
    sensor_id,
    session_id: session,
    source_ip,
    occurred_at: new Date().toISOString(),
    event_type: 'command',
    command: `id ${session}`,
  }
  const response = await api.send(JSON.stringify(event))
  return ((await response.json()) as IngestOne).session_id
}
const framesOf = (id: string, after = -1) => read<RecordingFrames>(`/recordings/${id}/frames?after=${after}`)
const exported = async (id: string) => {
  const response = await api.call(`/recordings/${id}`, { as: token })
  return { headers: Object.fromEntries(response.headers), text: await response.text() }
}

describe('chunks', () => {
  test('play and export while they arrive, and belong to the session with the same key', async () => {
    const name = newName()
    const session = sessionOf()
    const query = { session, sensor: 'live-1' }
    const first = lines(HEADER, [0.5, 'o', 'root@web:~# '], [1, 'i', 'id\r'])
    const second = lines([1.5, 'o', 'uid=0(root)\r\n'], [2, 'r', '120x40'])
    const { id, status, session_id } = await stored(await putChunk(name, 0, first, query))
    expect({ status, session_id }).toEqual({ status: 'stored', session_id: null })
    const ofSession = await newSession('live-1', session)
    const { items } = await read<Page<Recording>>(`/sessions/${ofSession}/recordings`)
    expect(items).toMatchObject([
      { id, session_id: ofSession, is_complete: false, width: 100, height: 30, duration_seconds: 1 },
    ])
    const begun = await framesOf(id)
    expect(begun).toMatchObject({ next_after: 0, has_more: false, missing_chunks: 0 })
    expect(begun.frames).toEqual([
      [0.5, 'o', 'root@web:~# '],
      [1, 'i', 'id\r'],
    ])
    await stored(await putChunk(name, 1, second, { ...query, final: 'true' }))
    const rest = await framesOf(id, begun.next_after)
    expect(rest.recording.is_complete).toBe(true)
    expect(rest.frames).toEqual([
      [1.5, 'o', 'uid=0(root)\r\n'],
      [2, 'r', '120x40'],
    ])
    const { headers, text } = await exported(id)
    expect(text).toBe(first + second)
    expect(headers).toMatchObject({
      'content-type': CAST,
      'content-disposition': `attachment; filename="${id}.cast"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    const { items: entries } = await read<Page<AuditEntry>>('/audit?action=recording.export')
    expect(entries[0]).toMatchObject({ detail: { actor: { name: 'admin' }, target: { id } } })
  })

  test('with the address of the attacker are tied to their session at once', async () => {
    const session = sessionOf()
    const ofSession = await newSession('live-2', session, '203.0.113.77')
    const query = { session, sensor: 'live-2', source_ip: '203.0.113.77' }
    expect(await stored(await putChunk(newName(), 0, lines(HEADER), query))).toMatchObject({
      session_id: ofSession,
    })
  })

  test('that are sent again do no harm; another one of the same number is refused', async () => {
    const name = newName()
    const query = { session: sessionOf(), sensor: 'live-1' }
    const body = lines(HEADER, [0, 'o', 'x'])
    await stored(await putChunk(name, 0, body, query))
    expect(await stored(await putChunk(name, 0, body, query))).toMatchObject({ status: 'duplicate' })
    expect(await problem(await putChunk(name, 0, lines(HEADER, [0, 'o', 'y']), query))).toMatchObject({
      status: 409,
      detail: 'another chunk 0 of this recording is stored',
    })
  })

  test('arrive in any order; one that is missing is waited for, and for a minute only', async () => {
    const name = newName()
    const query = { session: sessionOf(), sensor: 'live-1' }
    const { id } = await stored(await putChunk(name, 3, lines([3, 'o', 'd']), { ...query, final: 'true' }))
    await stored(await putChunk(name, 1, lines([1, 'o', 'b']), query))
    expect(await framesOf(id)).toMatchObject({ frames: [], next_after: -1 })
    await stored(await putChunk(name, 0, lines(HEADER, [0, 'o', 'a']), query))
    expect(await framesOf(id)).toMatchObject({ next_after: 1, recording: { is_complete: false, chunks: 3 } })
    clock += 11 * 60_000
    const late = await framesOf(id)
    expect(late.frames.map(([, , data]: RecordingFrame) => data)).toEqual(['a', 'b', 'd'])
    expect(late.missing_chunks).toBe(1)
    await stored(await putChunk(name, 2, lines([2, 'o', 'c']), query))
    expect(await framesOf(id)).toMatchObject({ missing_chunks: 0, recording: { is_complete: true } })
    expect((await exported(id)).text).toBe(
      lines(HEADER, [0, 'o', 'a'], [1, 'o', 'b'], [2, 'o', 'c'], [3, 'o', 'd']),
    )
  })

  test('whose times are not between those around them are refused', async () => {
    const name = newName()
    const query = { session: sessionOf(), sensor: 'live-1' }
    await stored(await putChunk(name, 0, lines(HEADER, [5, 'o', 'a']), query))
    await stored(await putChunk(name, 2, lines([9, 'o', 'c']), query))
    const wrong = [lines([4, 'o', 'b']), lines([6, 'o', 'b'], [10, 'o', 'b'])]
    for (const body of wrong) expect((await putChunk(name, 1, body, query)).status).toBe(422)
    await stored(await putChunk(name, 1, lines([7, 'o', 'b']), query))
  })

  test('behind the last one are refused, and so is an end in the middle', async () => {
    const name = newName()
    const query = { session: sessionOf(), sensor: 'live-1' }
    await stored(await putChunk(name, 0, lines(HEADER), query))
    await stored(await putChunk(name, 1, lines([1, 'o', 'b']), query))
    expect((await putChunk(name, 0, lines(HEADER), { ...query, final: 'true' })).status).toBe(409)
    expect(
      await stored(await putChunk(name, 1, lines([1, 'o', 'b']), { ...query, final: 'true' })),
    ).toMatchObject({
      status: 'duplicate',
    })
    expect((await putChunk(name, 2, lines([2, 'o', 'c']), query)).status).toBe(409)
  })
})

describe('a whole recording', () => {
  test('of Cowrie is converted: output as the client had it, input, and times', async () => {
    const session = sessionOf()
    const ofSession = await newSession('cowrie-7', session)
    const body = encodeTtylog(1_774_180_800, [
      [0.25, 'output', 'root@web:~# '],
      [1, 'input', 'ls\r'],
      [1.5, 'output', 'a\nb\n'],
    ])
    const query = { session, sensor: 'cowrie-7', width: '132', height: '50' }
    const send = () => put('0f00', { type: 'application/octet-stream', body, query })
    const { id } = await stored(await send())
    expect(await stored(await send())).toMatchObject({ id, status: 'duplicate' })
    const { items } = await read<Page<Recording>>(`/sessions/${ofSession}/recordings`)
    expect(items).toMatchObject([
      {
        id,
        format: 'cowrie-ttylog',
        is_complete: true,
        width: 132,
        height: 50,
        sha256: createHash('sha256').update(body).digest('hex'),
      },
    ])
    expect((await framesOf(id)).frames).toEqual([
      [0.25, 'o', 'root@web:~# '],
      [1, 'i', 'ls\r'],
      [1.5, 'o', 'a\r\nb\r\n'],
    ])
    const again = await put('round-trip', { body: (await exported(id)).text, query })
    const { id: copy } = await stored(again)
    expect((await exported(copy)).text).toBe((await exported(id)).text)
  })

  test('of the same name with other content is refused', async () => {
    const query = { session: sessionOf(), sensor: 'live-1' }
    await stored(await put('one-name', { body: lines(HEADER, [0, 'o', 'x']), query }))
    expect((await put('one-name', { body: lines(HEADER, [0, 'o', 'y']), query })).status).toBe(409)
    expect((await putChunk('one-name', 1, lines([1, 'o', 'y']), query)).status).toBe(409)
  })

  test.each([
    ['no header', lines([0, 'o', 'x']), 'line 1: the header'],
    ['no JSON', `${HEADER}\nnonsense\n`, 'line 2: the line is not JSON'],
    ['a time that is not finite', `${HEADER}\n[1e400, "o", "x"]\n`, 'line 2: a time'],
    ['a time that goes back', lines(HEADER, [2, 'o', 'x'], [1, 'o', 'x']), 'line 3: the time 1 is before'],
    ['nothing', '', 'line 1: the header is missing'],
  ])('that is malformed is refused with the place: %s', async (_, body, where) => {
    const query = { session: sessionOf(), sensor: 'live-1' }
    const { status, detail } = await problem(await put(newName(), { body, query }))
    expect({ status, detail }).toEqual({ status: 422, detail: expect.stringContaining(where) })
  })

  test('of bytes that are no ttylog is refused with the place', async () => {
    const query = { session: sessionOf(), sensor: 'live-1' }
    const type = 'application/octet-stream'
    const { status, detail } = await problem(await put(newName(), { body: Buffer.alloc(30, 1), type, query }))
    expect({ status, detail }).toEqual({ status: 422, detail: expect.stringContaining('byte 0: ') })
  })

  test('of another type, or compressed, is refused', async () => {
    const query = { session: sessionOf(), sensor: 'live-1' }
    expect((await put(newName(), { type: 'text/html', body: 'x', query })).status).toBe(415)
  })
})

describe('a key', () => {
  test('speaks for its own sensor alone, and its first recording binds it', async () => {
    const { key } = await newKey()
    const query = { session: sessionOf() }
    expect((await putChunk(newName(), 0, lines(HEADER), query, key)).status).toBe(422)
    await stored(await putChunk(newName(), 0, lines(HEADER), { ...query, sensor: 'own-1' }, key))
    expect(
      await problem(await putChunk(newName(), 0, lines(HEADER), { ...query, sensor: 'own-2' }, key)),
    ).toMatchObject({ status: 403, detail: 'the key may not speak for the sensor own-2' })
    await stored(await putChunk(newName(), 0, lines(HEADER), query, key))
  })

  test('that an operator gave to a sensor speaks for that one, whatever is stated', async () => {
    const { key } = await newKey({ sensor_id: 'given-1' })
    const session = sessionOf()
    const query = { session, sensor: 'another' }
    const { id } = await stored(await putChunk(newName(), 0, lines(HEADER), query, key))
    expect((await framesOf(id)).recording.sensor_id).toBe('given-1')
  })

  test('cannot change the recording of another sensor by its name', async () => {
    const name = newName()
    const session = sessionOf()
    const { id } = await stored(await putChunk(name, 0, lines(HEADER), { session, sensor: 'live-1' }))
    const { key } = await newKey({ sensor_id: 'live-3' })
    const other = await stored(await putChunk(name, 0, lines(HEADER, [0, 'o', 'x']), { session }, key))
    expect(other.id).not.toBe(id)
  })

  test('is needed, and one for reading does not suffice', async () => {
    const { key } = await newKey({ scopes: ['feeds:read'] })
    const query = { session: sessionOf(), sensor: 'live-1' }
    expect((await putChunk(newName(), 0, lines(HEADER), query, key)).status).toBe(403)
    expect((await putChunk(newName(), 0, lines(HEADER), query, 'unknown')).status).toBe(401)
  })

  test('has a bounded number of recordings; those that are there still grow', async () => {
    const { key } = await newKey({ sensor_id: 'many-1' })
    const query = { session: sessionOf() }
    for (let n = 0; n < 40; n += 1) await stored(await putChunk(`r${n}`, 0, lines(HEADER), query, key))
    const refused = await putChunk('r40', 0, lines(HEADER), query, key)
    expect(refused.headers.get('retry-after')).toBe('600')
    expect(await problem(refused)).toMatchObject({
      status: 429,
      detail: expect.stringContaining('RECORDINGS_MAX_PER_KEY'),
    })
    await stored(await putChunk('r39', 1, lines([1, 'o', 'x']), query, key))
  })
})

describe('bounds', () => {
  test('a recording has at most RECORDING_MAX_BYTES, in one body and in chunks', async () => {
    const query = { session: sessionOf(), sensor: 'live-1' }
    expect((await put(newName(), { body: lines(HEADER, [0, 'o', 'x'.repeat(4000)]), query })).status).toBe(
      413,
    )
    const name = newName()
    const half = 'x'.repeat(1900)
    await stored(await putChunk(name, 0, lines(HEADER, [0, 'o', half]), query))
    await stored(await putChunk(name, 1, lines([1, 'o', half]), query))
    expect(await problem(await putChunk(name, 2, lines([2, 'o', half]), query))).toMatchObject({
      status: 413,
      detail: expect.stringContaining('RECORDING_MAX_BYTES'),
    })
  })

  test('a ttylog that becomes larger than that as asciicast is refused', async () => {
    const query = { session: sessionOf(), sensor: 'live-1' }
    const body = encodeTtylog(0, [[0, 'output', '\u0001'.repeat(1000)]])
    const { status, detail } = await problem(
      await put(newName(), { type: 'application/octet-stream', body, query }),
    )
    expect({ status, detail }).toEqual({
      status: 422,
      detail: expect.stringContaining('more than 4000 bytes'),
    })
  })

  test.each([
    ['a name with a slash', 'a%2Fb/chunks/0', {}],
    ['a number of a chunk that is too high', 'a/chunks/16384', {}],
    ['a NUL in the key of the session', 'a/chunks/0', { session: 'a\0b' }],
    ['an address that is none', 'a/chunks/0', { source_ip: 'nowhere' }],
    ['no session', 'a/chunks/0', { session: '' }],
  ])('%s is refused', async (_, path, query) => {
    const response = await put(path, {
      body: lines(HEADER),
      query: { session: 's', sensor: 'live-1', ...query },
    })
    expect(response.status).toBe(422)
  })

  test('recordings of all keys together are bounded, and count no longer once retention has removed them', async () => {
    const own = await startTestPlatform(postgres, { environment: { RECORDINGS_MAX_BYTES: '1500' } })
    const send = (n: number) =>
      own.call(`/evidence/recordings/r${n}/chunks/0?session=s&sensor=t`, {
        method: 'PUT',
        as: SENSOR_KEY,
        headers: { 'content-type': CAST },
        body: lines(HEADER),
      })
    const statuses = []
    for (let n = 0; n < 3; n += 1) statuses.push((await send(n)).status)
    expect(statuses).toEqual([200, 200, 507])
    const database = openDatabase({ connectionString: own.databaseUrl }, silent('test'), () => {})
    const { rows } = await applyRetention(database.maintenance, Date.now() + 2 * 86_400_000, 1)
    await database.close()
    expect(rows['recordings']).toBe(2)
    expect((await send(2)).status).toBe(200)
    await own.close()
  })
})

test('nobody without a login reads recordings', async () => {
  const session = sessionOf()
  const { id } = await stored(await putChunk(newName(), 0, lines(HEADER), { session, sensor: 'live-1' }))
  for (const path of [
    `/recordings/${id}`,
    `/recordings/${id}/frames`,
    `/sessions/${randomUUID()}/recordings`,
  ]) {
    expect((await api.call(path)).status).toBe(401)
    expect((await api.call(path, { as: SENSOR_KEY })).status).toBe(401)
  }
  expect((await api.call(`/recordings/${randomUUID()}`, { as: token })).status).toBe(404)
})

test('what was received is in the metrics', async () => {
  const text = await (await api.call('/metrics')).text()
  expect(text).toMatch(/eviltwin_recordings_parts_total\{outcome="stored"\} \d+/)
})
