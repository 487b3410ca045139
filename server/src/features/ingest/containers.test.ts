import { describe, expect, test } from 'vitest'
import { atOnce } from '../../domain/turns.js'
import { type PreparedRecord, preparingRecords } from './prepare.js'
import { readRecords } from './read-records.js'

const LIMITS = { maxRecords: 5_000, maxDepth: 64, maxRecordBytes: 100_000 }
const RECEIVED_AT = '2026-03-22T12:00:00.000000Z'

function prepared(...records: readonly (object | string)[]): PreparedRecord[] {
  const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
  const { records: read } = readRecords(Buffer.from(lines.join('\n')), true, LIMITS)
  return atOnce(preparingRecords({ request_id: 'r', records: read }, RECEIVED_AT))
}

const eventsOf = (record: PreparedRecord | undefined) => {
  if (!record || !('events' in record)) throw new Error(JSON.stringify(record))
  return record.events
}
const reasonOf = (record: PreparedRecord | undefined) => {
  if (!record || !('row' in record)) throw new Error('it is an event')
  return [record.row.reason, record.row.detail]
}

const login = {
  eventid: 'cowrie.login.failed',
  src_ip: '203.0.113.20',
  session: 'a1',
  timestamp: '2026-03-22T10:00:00.000000Z',
  username: 'anna',
  password: 'x',
  sensor: 's1',
}

describe('a record that a collector wrapped', () => {
  const text = JSON.stringify(login)
  const [plain] = prepared(login)
  test.each([
    ['as an object', { line: login, source: 'stdout', tag: 'c0ffee' }],
    ['as text in `line`', { line: text, source: 'stdout' }],
    ['as text in `log`', { log: `${text}\n`, stream: 'stdout', time: '2026-03-22T10:00:01Z' }],
    ['as text in `message`', { message: text, '@timestamp': '2026-03-22T10:00:01Z', host: { name: 'h9' } }],
    ['as an object in `event`', { event: login }],
    ['twice', { log: JSON.stringify({ message: text }) }],
  ])('%s is the same event as without', (_how, wrapped) => {
    expect(prepared(wrapped)).toEqual([plain])
  })

  test('keeps each digit of its numbers', () => {
    const line = (flow: string) =>
      `{"src_ip":"203.0.113.21","timestamp":"2026-03-22T10:00:00Z","flow_id":${flow}}`
    const records = prepared(
      line('9007199254740993'),
      `{"line": ${line('9007199254740993')}}`,
      `{"line": ${line('9007199254740992')}}`,
    )
    const ids = records.map((record) => eventsOf(record)[0]?.id)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  test('has the time of its collector where it has none of its own', () => {
    const [record] = prepared({ log: '{"src_ip":"203.0.113.22"}', time: '2026-03-22T10:00:01.5Z' })
    expect(eventsOf(record)[0]?.occurred_at).toBe('2026-03-22T10:00:01.500000Z')
  })

  test('is not looked for where the outer record is one', () => {
    const [record] = prepared({ src_ip: '203.0.113.23', timestamp: '2026-03-22T10:00:00Z', message: text })
    expect(eventsOf(record)[0]).toMatchObject({ source_ip: '203.0.113.23', message: text })
  })

  test('is refused with the place where it was looked for', () => {
    const deep = { line: { line: { line: { line: login } } } }
    const records = prepared({ a: 1 }, { log: 'text' }, { line: { ...login, timestamp: 'x' } }, deep)
    expect(records.map(reasonOf)).toEqual([
      [
        'missing_source_ip',
        'the record names no source address, and has no record in line, log, message, event',
      ],
      ['missing_source_ip', 'the record names no source address, and its `log` is no JSON object'],
      ['invalid_timestamp', 'in `line`: not a time: "x"'],
      ['missing_source_ip', expect.stringContaining('in `line`: in `line`: in `line`: the record names')],
    ])
  })
})

test('records of one body are received one after the other, also beyond a millisecond', () => {
  const records = prepared(...Array.from({ length: 1_002 }, (_, n) => ({ ...login, username: `u${n}` })))
  const times = records.map((record) => eventsOf(record)[0]?.received_at)
  expect(times).toEqual([...times].sort())
  expect(new Set(times).size).toBe(1_002)
  expect([times[0], times[999], times[1_001]]).toEqual([
    '2026-03-22T12:00:00.000000Z',
    '2026-03-22T12:00:00.000999Z',
    '2026-03-22T12:00:00.001001Z',
  ])
})
