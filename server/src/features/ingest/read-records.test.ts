import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inTurns } from '../../domain/turns.js'
import { BadRequestError, PayloadTooLargeError } from '../../platform/errors.js'
import { readingRecords, readRecords } from './read-records.js'

const limits = { maxRecords: 100, maxDepth: 5, maxRecordBytes: 1000 }
const read = (body: string | Buffer, lines = false) => readRecords(Buffer.from(body), lines, limits)
const reasons = (body: string | Buffer, lines = false) =>
  read(body, lines).records.map((record) => ('rejection' in record ? record.rejection.reason : 'ok'))

test('an object is one record with exactly its own text', () => {
  expect(read(' {"a" : 1,\t"b":"}" }\n')).toEqual({
    form: 'one',
    records: [{ json: { a: 1, b: '}' }, raw: '{"a" : 1,\t"b":"}" }' }],
  })
})

test('an array is split into its elements, each with its own text', () => {
  const { form, records } = read('[ {"a":"],["} , [1,[2]],"x\\"," ,3 ]')
  expect(form).toBe('many')
  expect(records.map((record) => ('raw' in record ? record.raw : null))).toEqual([
    '{"a":"],["}',
    '[1,[2]]',
    '"x\\","',
    '3',
  ])
})

test('lines are records, blank ones are not', () => {
  expect(read('{"a":1}\r\n\n  \n{"b":2}', true).records).toHaveLength(2)
})

test('several objects sent as JSON are taken as lines', () => {
  expect(read('{"a":1}\n{"b":2}\n').form).toBe('many')
})

describe('objects one behind the other are records of their own', () => {
  const rawOf = (body: string, lines = false) =>
    read(body, lines).records.map((record) => ('raw' in record ? record.raw : record.rejection.reason))
  test.each([
    ['without anything between them', '{"a":"}{"}{"b":2}'],
    ['with a space between them', ' {"a":"}{"} {"b":2} '],
  ])('%s', (_how, body) => {
    expect(rawOf(body)).toEqual(['{"a":"}{"}', '{"b":2}'])
    expect(rawOf(body, true)).toEqual(['{"a":"}{"}', '{"b":2}'])
  })
  test('each over several lines', () => {
    expect(rawOf('{\n"a":1\n}\n{\n"b":2\n}\n')).toEqual(['{\n"a":1\n}', '{\n"b":2\n}'])
  })
  test('also where together they are longer than a record may be', () => {
    expect(rawOf(`${'{"a":1}'.repeat(99)}\n{"b":`, true)).toEqual([
      ...Array(99).fill('{"a":1}'),
      'invalid_json',
    ])
  })
  test('a line that is anything else stays one', () => {
    expect(rawOf('{"a":1}{"b":2}x\n{"c":3}', true)).toEqual(['invalid_json', '{"c":3}'])
  })
  test('no more than allowed', () => {
    expect(() => read('{"a":1}'.repeat(101), true)).toThrow(PayloadTooLargeError)
    expect(() => read('{"a":1}'.repeat(101))).toThrow(PayloadTooLargeError)
    expect(read(`${'{"a":1}'.repeat(99)}\n{"b":2}`, true).records).toHaveLength(100)
    expect(() => read(`${'{"a":1}'.repeat(99)}\n{"b":2}\n{"c":3}`, true)).toThrow(PayloadTooLargeError)
    expect(() => read(`${'{"a":1}'.repeat(99)}\n{"b":2}{"c":3}`, true)).toThrow(PayloadTooLargeError)
  })
})

test.each([
  ['a byte order mark', '\ufeff'],
  ['NUL bytes', '\0'.repeat(64)],
])('%s in front of a body, a line or an object is no part of a record', (_what, padding) => {
  const raw = '{"a":1}'
  const one = { json: { a: 1 }, raw }
  expect(read(padding + raw)).toEqual({ form: 'one', records: [one] })
  expect(read(`${padding}${raw}\n${padding}${raw}`, true).records).toEqual([one, one])
  expect(read(`${padding}[${raw},${padding}${raw}]`).records).toEqual([one, one])
})

describe('UTF-16, as tools of Windows write it, is read as any other text', () => {
  const text = '{"a":"\u00e4 \ud83c\udf6f"}\r\n{"a":2}\r\n'
  const littleEndian = Buffer.from(text, 'utf16le')
  const expected = [
    { json: { a: '\u00e4 \ud83c\udf6f' }, raw: '{"a":"\u00e4 \ud83c\udf6f"}' },
    { json: { a: 2 }, raw: '{"a":2}' },
  ]
  test.each([
    ['with a byte order mark', Buffer.concat([Buffer.from([0xff, 0xfe]), littleEndian])],
    ['big-endian', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(littleEndian).swap16()])],
    ['without a mark', littleEndian],
  ])('%s', (_how, body) => {
    expect(read(body, true).records).toEqual(expected)
    expect(read(body).records).toEqual(expected)
  })

  test('also where a character is on both sides of a part', () => {
    const honey = `{"a":"${'\ud83c\udf6f'.repeat(150_000)}"}`
    const body = Buffer.from(`\ufeff ${honey}`, 'utf16le')
    const { records } = readRecords(body, false, { ...limits, maxRecordBytes: 1_000_000 })
    expect(records.map((record) => 'raw' in record && record.raw === honey)).toEqual([true])
  })
})

describe('JSON over several lines that is sent as lines', () => {
  test.each([
    ['an object', '{\n  "a": 1\n}\n', 1],
    ['objects', '{\n  "a": 1\n}\n{ \n "b": 2 }', 2],
    ['an array', '[\n  {"a": 1},\n  {"b": 2}\n]', 2],
  ])('%s is read', (_what, body, count) => {
    const { form, records } = read(body, true)
    expect([form, records.map((record) => 'raw' in record)]).toEqual(['many', Array(count).fill(true)])
  })
  test('has one reason where it is damaged', () => {
    expect(() => read('{\n  "a": 1,\n  "b": {\n', true)).toThrow('it has no end')
  })
})

test('an invisible byte order mark within a record is named', () => {
  const [record] = read('{"a":1,\ufeff"b":2}').records
  expect(record).toMatchObject({
    rejection: { detail: expect.stringContaining('byte order mark (U+FEFF) is at character 8') },
  })
})

test('what is too large names the setting that allows more', () => {
  expect(() => read(`[${Array(101).fill('1').join(',')}]`)).toThrow('INGEST_MAX_RECORDS')
  expect(read(`["${'x'.repeat(1000)}"]`).records).toMatchObject([
    { rejection: { detail: expect.stringContaining('INGEST_MAX_RECORD_BYTES') } },
  ])
})

test('one bad record leaves the others alone', () => {
  expect(reasons('{"a":1}\n{"a":\n{"b":2}', true)).toEqual(['ok', 'invalid_json', 'ok'])
  expect(
    reasons(Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xff]), Buffer.from('"},{"b":1}]')])),
  ).toEqual(['invalid_utf8', 'ok'])
  expect(reasons('[[[[[[[1]]]]]],1]')).toEqual(['too_deep', 'ok'])
  expect(reasons(`["${'x'.repeat(1000)}",1]`)).toEqual(['too_large', 'ok'])
})

describe('a body that is no JSON as a whole is refused', () => {
  test.each([
    '',
    ' \n',
    'x',
    '{"a":1',
    '[{"a":1}',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1] 2',
    '{"a":1} 2',
    '{"a":1}{"b":',
    '{"a":1}{"b":2}x',
    '"text"',
    'null',
    '{"a":"',
  ])('%s', (body) => {
    expect(() => read(body)).toThrow(BadRequestError)
  })
})

test('an empty array holds no records', () => {
  expect(read('[ ]')).toEqual({ form: 'many', records: [] })
})

test('more records than allowed are refused whole', () => {
  expect(() => read(`[${Array(101).fill('1').join(',')}]`)).toThrow(PayloadTooLargeError)
})

test('any array is split as JSON.parse would', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 20 }),
      fc.constantFrom(0, 2),
      (values, indent) => {
        const { records } = readRecords(Buffer.from(JSON.stringify(values, null, indent)), false, {
          ...limits,
          maxDepth: 20,
          maxRecordBytes: 1e6,
        })
        expect(records.map((record) => ('json' in record ? record.json : record))).toEqual(
          JSON.parse(JSON.stringify(values)),
        )
      },
    ),
  )
})

test('no bytes make it throw anything but a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, lines) => {
      try {
        readRecords(Buffer.from(bytes), lines, limits)
      } catch (error) {
        expect(error).toBeInstanceOf(BadRequestError)
      }
    }),
    { numRuns: 1000 },
  )
})

const MIB = 1024 * 1024
const BODY_BYTES = 4 * MIB
const LARGE_LIMITS = { maxRecords: 10_000, maxDepth: 64, maxRecordBytes: MIB }
const event = (filling: string) => `{"source_ip":"203.0.113.7","command":"${filling}"}`

describe('other work has its turn at least for each MiB of a body of', () => {
  test.each([
    ['white space', ' '.repeat(BODY_BYTES), false],
    ['blank lines', '\n'.repeat(BODY_BYTES), true],
    ['white space before a record', `${' '.repeat(BODY_BYTES)}${event('')}`, false],
    ['white space behind a record', `${event('')}${' '.repeat(BODY_BYTES)}`, false],
    ['white space in an array', `[${' '.repeat(BODY_BYTES)}${event('')}${' '.repeat(BODY_BYTES)}]`, false],
    ['deep nesting', `{"a":${'['.repeat(BODY_BYTES / 2)}${']'.repeat(BODY_BYTES / 2)}}`, false],
    ['an array that never ends', `[${'['.repeat(BODY_BYTES)}`, false],
    ['a string of escaped quotes', `{"a":"${'\\"'.repeat(BODY_BYTES / 2)}"}`, false],
    [
      'small records',
      `[${Array(10_000)
        .fill(event('x'.repeat(400)))
        .join(',')}]`,
      false,
    ],
    [
      'large records',
      Array(5)
        .fill(event('x'.repeat(0.9 * MIB)))
        .join('\n'),
      true,
    ],
  ])('%s', async (_what, text, lines) => {
    let turns = 0
    const reading = readingRecords(Buffer.from(text), lines, LARGE_LIMITS)
    await inTurns(reading, async () => {
      turns += 1
    }).catch((error: unknown) => expect(error).toBeInstanceOf(BadRequestError))
    expect(turns).toBeGreaterThanOrEqual(Math.floor(text.length / MIB) - 1)
    expect(turns).toBeGreaterThan(2)
  })
})

test('a record of more values than any event has is not parsed', () => {
  const values = (count: number) => `{"a":[${Array(count).fill('1').join(',')}]}`
  const [record] = readRecords(Buffer.from(values(20_001)), false, LARGE_LIMITS).records
  expect(record).toMatchObject({ rejection: { reason: 'too_large' } })
  const [accepted] = readRecords(Buffer.from(values(20_000)), false, LARGE_LIMITS).records
  expect(accepted).toMatchObject({ json: { a: expect.any(Array) } })
})
