import { readFileSync } from 'node:fs'
import { Event } from '@eviltwin/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFtpNegotiation } from '../../../domain/ftp-commands.js'
import { realLines } from '../../../testing/real-data.js'
import { expectOutcome, type Fixture } from '../../../testing/sensor-fixtures.js'
import { Rejection, type SensorContext } from './adapter.js'
import { normalize } from './normalize.js'

const context: SensorContext = { received_at: '2026-11-24T12:00:00.000000Z' }

/** Under the names of what is special about each. */
type NamedFixture = Omit<Fixture, 'type'> & { name: string }

const fixtures = JSON.parse(
  readFileSync(new URL('./adapters.fixtures.json', import.meta.url), 'utf8'),
) as Record<string, NamedFixture[]>

for (const [sensor, table] of Object.entries(fixtures)) {
  describe(sensor, () => {
    test.each(table)('$name', (fixture) => expectOutcome(fixture))
  })
}

describe('identity', () => {
  const login = {
    eventid: 'cowrie.login.failed',
    src_ip: '203.0.113.7',
    session: 'a1',
    timestamp: '2026-03-22T00:10:42Z',
  }
  const idOf = (record: object, more: Partial<SensorContext> = {}) => {
    const events = normalize(record, JSON.stringify(record), { ...context, ...more })
    if (events instanceof Rejection) throw new Error(events.detail)
    return events[0]?.id
  }

  test('does not depend on the order of members', () => {
    expect(idOf(Object.fromEntries(Object.entries(login).reverse()))).toBe(idOf(login))
  })

  test('depends on the content and on the sensor', () => {
    expect(idOf({ ...login, username: 'root' })).not.toBe(idOf(login))
    expect(idOf(login, { sensor_id: 'another' })).not.toBe(idOf(login))
  })

  test('depends on every digit of a number', () => {
    const ids = [9007199254740992n, 9007199254740993n].map((flow) => {
      const raw = `{"src_ip":"203.0.113.7","timestamp":"2026-03-22T00:10:42Z","flow_id":${flow}}`
      const events = normalize(JSON.parse(raw), raw, context)
      return events instanceof Rejection ? events.detail : events[0]?.id
    })
    expect(new Set(ids).size).toBe(2)
  })

  test('is the idempotency key when there is one', () => {
    expect(idOf({ ...login, username: 'root' }, { idempotency_key: 'k' })).toBe(
      idOf(login, { idempotency_key: 'k' }),
    )
  })

  test('an identifier that a record brings is part of its content, not its identity', () => {
    const id = '0b5e9c1e-7c1d-4f0e-9f6d-0d8d7f6a5b4c'
    const event = { id, source_ip: '203.0.113.7', time: 1774138242 }
    expect(idOf(event)).not.toBe(id)
    expect(idOf({ ...event, command: 'id' })).not.toBe(idOf(event))
    expect(idOf(event, { sensor_id: 'guesser' })).not.toBe(idOf(event, { sensor_id: 'guessed' }))
  })

  test('what Cowrie adds for collectors does not change it', () => {
    expect(idOf({ ...login, time: 1774138242.5, system: 'cowrie.ssh', isError: 0 })).toBe(idOf(login))
  })

  test('starts with the time of the record, never with that of its envelope', () => {
    const at = Number.parseInt(idOf(login)?.replaceAll('-', '').slice(0, 12) ?? '', 16)
    expect(new Date(at).toISOString()).toBe('2026-03-22T00:10:42.000Z')
    const { timestamp: _, ...timeless } = login
    const first = idOf(timeless, { envelope: { time: 1774138242 } })
    expect(first?.slice(0, 13)).toBe('00000000-0000')
    expect(idOf(timeless, { envelope: { time: 1774138242 } })).toBe(first)
    expect(idOf(timeless, { envelope: { time: '1774138242.000' } })).toBe(first)
    expect(idOf(timeless, { envelope: { time: 1774138243 } })).not.toBe(first)
  })

  test('events of one record are in its order', () => {
    const record = {
      connection: { protocol: 'ftpd', transport: 'tcp', type: 'accept' },
      src_ip: '203.0.113.7',
      timestamp: '2026-03-22T00:10:42',
      ftp: { commands: { command: ['USER', 'PASS', 'QUIT'], arguments: ['a', 'b', ''] } },
    }
    const events = normalize(record, '', context)
    if (events instanceof Rejection) throw new Error(events.detail)
    const sorted = [...events].sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(sorted.map(({ command }) => command)).toEqual([null, 'USER a', 'PASS b', 'QUIT'])
  })

  test('every FTP command is a command, and what logs in, negotiates or is no FTP counts for no session', () => {
    const names = ['AUTH', 'FEAT', 'USER', 'HELP', 'GET', 'retr', 'LIST', 'STOR', 'PWD', 'QUIT']
    const record = {
      connection: { protocol: 'ftpd', transport: 'tcp', type: 'accept' },
      src_ip: '203.0.113.7',
      timestamp: '2026-03-22T00:10:42',
      ftp: { commands: { command: names, arguments: names.map(() => '') } },
    }
    const events = normalize(record, '', context)
    if (events instanceof Rejection) throw new Error(events.detail)
    const commands = events.filter(({ event_type }) => event_type === 'command')
    expect(commands.map(({ command }) => command)).toEqual(names)
    const counted = commands.filter((event) => !isFtpNegotiation(event))
    expect(counted.map(({ command }) => command)).toEqual(['retr', 'LIST', 'STOR', 'PWD'])
  })

  test('the ids that release 0.1.0 gave are told where they are asked for', () => {
    const former_ids = new Map<string, string>()
    const id = '0b5e9c1e-7c1d-4f0e-9f6d-0d8d7f6a5b4c'
    const current = idOf({ id, source_ip: '203.0.113.7', time: 1774138242 }, { former_ids })
    expect([...former_ids]).toEqual([[current, id]])
  })
})

test('a key bound to a sensor overrides what the record says', () => {
  const record = {
    eventid: 'cowrie.session.connect',
    src_ip: '203.0.113.7',
    sensor: 'liar',
    timestamp: '2026-03-22T00:10:42Z',
  }
  expect(normalize(record, '', { ...context, sensor_id: 'proven' })).toMatchObject([{ sensor_id: 'proven' }])
})

describe('what is no id of a sensor', () => {
  const source = { src_ip: '203.0.113.7', timestamp: '2026-03-22T00:10:42Z' }
  const opencanary = { src_host: '203.0.113.7', utc_time: '2026-03-22 00:10:42', logtype: 2000 }
  const WRONG = [
    ['east-1'],
    {},
    true,
    '\u200b',
    'east\u200b-1',
    '\ufffd',
    'a\u0000b',
    'x'.repeat(257),
    'ｅａｓｔ-1',
  ]

  test.each<[string, (sensor: unknown) => object]>([
    ['cowrie', (sensor) => ({ ...source, eventid: 'cowrie.session.connect', sensor })],
    ['dionaea', (sensor) => ({ ...source, connection: { protocol: 'ftpd' }, sensor })],
    ['opencanary', (node_id) => ({ ...opencanary, node_id, logdata: {} })],
    [
      'the webhook of opencanary',
      (node_id) => ({ message: JSON.stringify({ ...opencanary, node_id, logdata: {} }) }),
    ],
    ['generic', (sensor_id) => ({ ...source, sensor_id })],
  ])('is refused in a record of %s, and no other id is made of it', (_kind, recordOf) => {
    for (const sensor of WRONG) {
      const record = recordOf(sensor)
      const result = normalize(record, JSON.stringify(record), context)
      expect([sensor, result]).toEqual([sensor, expect.objectContaining({ reason: 'invalid_sensor_id' })])
    }
    const longest = recordOf('x'.repeat(256))
    expect(normalize(longest, JSON.stringify(longest), context)).toMatchObject([
      { sensor_id: 'x'.repeat(256) },
    ])
  })

  test('is refused in an envelope and a header, unless the key says whose the record is', () => {
    const raw = JSON.stringify(source)
    for (const sensor of WRONG) {
      const envelope = { envelope: { host: sensor } }
      expect(normalize(source, raw, { ...context, ...envelope })).toMatchObject({
        reason: 'invalid_sensor_id',
      })
      expect(normalize(source, raw, { ...context, ...envelope, sensor_id: 'own' })).toMatchObject([
        { sensor_id: 'own' },
      ])
    }
    expect(normalize(source, raw, { ...context, default_sensor_id: '\u200b' })).toMatchObject({
      reason: 'invalid_sensor_id',
    })
  })

  test('is not the `host` that shippers add as an object (ECS): its name is the sensor, if it has one', () => {
    const own = { ...context, own_sensor_id: 'own' }
    for (const [host, sensor_id] of [
      [{ name: 'hp', os: { type: 'linux' } }, 'hp'],
      [{ os: {} }, 'own'],
      ['hp', 'hp'],
    ]) {
      const shipped = { ...source, host }
      expect(normalize(shipped, JSON.stringify(shipped), own)).toMatchObject([{ sensor_id }])
    }
  })

  test('an empty one, or white space around one, is as before', () => {
    const named = { ...source, sensor_id: ' east-1\n' }
    expect(normalize(named, JSON.stringify(named), context)).toMatchObject([{ sensor_id: 'east-1' }])
    const blank = { ...source, sensor_id: ' ' }
    const own = { ...context, own_sensor_id: 'own' }
    expect(normalize(blank, JSON.stringify(blank), own)).toMatchObject([{ sensor_id: 'own' }])
  })
})

/** For each format members by which it is known and values that it looks at, so that nonsense reaches every adapter. */
const SHAPES: ReadonlyArray<readonly [keys: readonly string[], more: object]> = [
  [['name', 'data', 'connection'], { name: 'dionaea', origin: 'dionaea.modules.python.ftp.command' }],
  [['logdata', 'src_host', 'utc_time'], { logtype: 17_001, node_id: 'a' }],
  [['attachments'], { attachments: [{ fields: [{ title: 'logtype', value: 4002 }] }] }],
  [['src_ip', 'src_data', 'additional_data', 'time', 'token'], { manage_url: 'x', memo: 'a' }],
  [['sensorid', 'request', 'src_ip'], { data_type: 'modbus' }],
  [['srcHost', 'decoded', 'payload', 'timestamp'], { sensorID: 'a', handler: 'x' }],
  [['source-ip', 'date', 'ssh.command'], { category: 'ssh' }],
  [['timestamp', 'downloads'], { attack_connection: { remote_ip: '203.0.113.7' } }],
  [['headers', 'cookies', 'response_msg', 'timestamp'], { peer: { ip: '203.0.113.7' }, path: {} }],
  [['source_ip', 'event_timestamp', 'sip_message'], { sip_method: {}, called_number: [] }],
  [['src_ip', 'timestamp', 'alert', 'http', 'dns', 'fileinfo'], { event_type: 'http', flow_id: 1 }],
  [['ts', 'query', 'user'], { 'id.orig_h': '203.0.113.7' }],
  [['time', 'src_endpoint', 'user', 'file', 'process'], { class_uid: 3002, metadata: {} }],
  [['src_ip', 'timestamp', 'input', 'shasum'], { eventid: 'adbhoney.command.input' }],
  [['src_ip', 'timestamp', 'request'], { event_type: 'alert', additionaldata: { username: ['a', {}] } }],
  [['timestamp'], { message: '2026-03-22T00:10:42Z ACCEPT host=203.0.113.7 port=99999 fd=4' }],
]

test('whatever stands in a record of a known shape becomes storable events or a rejection, also of a canary', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('203.0.113.7', '2026-03-22T00:10:42Z', 1774138242, 'a\0b', '\ud800'),
  )
  const records = fc
    .constantFrom(...SHAPES)
    .chain(([keys, more]) =>
      fc.dictionary(fc.constantFrom(...keys), value).map((some) => ({ ...some, ...more })),
    )
  fc.assert(
    fc.property(records, fc.boolean(), (record, isCanary) => {
      const raw = JSON.stringify(record)
      const result = normalize(record, raw, { ...context, ...(isCanary && { canary: 'c' }) })
      if (result instanceof Rejection) {
        expect(result.reason).not.toBe('normalization_failed')
        return
      }
      for (const event of result) {
        expect(Event.safeParse(event).error).toBeUndefined()
        for (const [name, text] of Object.entries(event)) {
          if (typeof text !== 'string' || name === 'raw') continue
          expect(text).not.toContain('\0')
          expect(text.isWellFormed()).toBe(true)
        }
      }
    }),
    { numRuns: 1_000 },
  )
}, 30_000)

test('whatever JSON arrives becomes storable events or a rejection', () => {
  const hostile = fc.dictionary(
    fc.constantFrom(
      'src_ip',
      'source_ip',
      'timestamp',
      'eventid',
      'session',
      'connection',
      'credentials',
      'ftp',
      'username',
      'input',
      'sensor',
      '__proto__',
      'id',
      'message',
      'src_port',
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('203.0.113.7', '2026-03-22T00:10:42Z', 'cowrie.login.failed', 'a\0b', '\ud800', 1e308),
    ),
  )
  fc.assert(
    fc.property(hostile, (record) => {
      const result = normalize(record, JSON.stringify(record), context)
      if (result instanceof Rejection) return
      for (const event of result) {
        expect(Event.safeParse(event).error).toBeUndefined()
        for (const [name, value] of Object.entries(event)) {
          if (typeof value !== 'string' || name === 'raw') continue
          expect(value).not.toContain('\0')
          expect(value.isWellFormed()).toBe(true)
        }
      }
    }),
    { numRuns: 500 },
  )
}, 30_000)

describe.runIf(realLines('cowrie').length > 0)('real captures', () => {
  test('every Cowrie line is one event, and only ids we do not know are `other`', () => {
    const lines = realLines('cowrie')
    const events = lines.flatMap((line) => {
      const result = normalize(JSON.parse(line), line, context)
      if (result instanceof Rejection) throw new Error(`${result.reason}: ${line}`)
      return result
    })
    expect(events).toHaveLength(lines.length)
    expect(new Set(events.map(({ id }) => id)).size).toBe(lines.length)
    const commands = lines.filter((line) => line.includes('"cowrie.command.'))
    expect(events.filter(({ event_type }) => event_type === 'command')).toHaveLength(commands.length)
  })

  test('every Dionaea record is a connection, with its credentials and commands', () => {
    for (const line of realLines('dionaea')) {
      const record = JSON.parse(line)
      const result = normalize(record, line, context)
      if (result instanceof Rejection) throw new Error(`${result.reason}: ${line}`)
      const logins = record.credentials?.username.length ?? 0
      const commands: string[] = record.ftp?.commands.command ?? []
      expect(result.map(({ event_type }) => event_type)).toEqual([
        'connect',
        ...Array(logins).fill('login_attempt'),
        ...commands.map(() => 'command'),
      ])
    }
  })
})
