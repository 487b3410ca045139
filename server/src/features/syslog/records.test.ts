import { describe, expect, test } from 'vitest'
import { atOnce } from '../../domain/turns.js'
import { localTimeOf } from './local-time.js'
import { HEADER_ROOM_BYTES, readingMessages } from './records.js'

const limits = { maxRecords: 10, maxDepth: 8, maxRecordBytes: 1_000 }
const clock = { now: Date.UTC(2026, 10, 26, 12), fromLocal: localTimeOf('UTC') }

function recordOf(text: string | Buffer, size?: number) {
  const bytes = Buffer.from(text)
  const [record] = atOnce(readingMessages([{ bytes, size: size ?? bytes.length }], clock, limits))
  return record
}

describe('the record of a syslog message', () => {
  const header = '<34>1 2026-11-26T11:00:00Z pot-1 cowrie - - -'
  test.each([
    ['JSON', `${header} {"a": 1}`],
    ['JSON behind a byte order mark', `${header} \u{feff}{"a": 1}`],
    ['JSON behind the cookie', `${header} @cee:{"a": 1}`],
    ['JSON behind the cookie and a space, with an end of line', `${header} @cee: {"a": 1}\r\n\0`],
  ])('%s keeps its bytes, with time and host of the header as envelope', (_name, line) => {
    expect(recordOf(line)).toEqual({
      json: { a: 1 },
      raw: '{"a": 1}',
      envelope: { time: '2026-11-26T11:00:00.000000Z', host: 'pot-1' },
    })
  })

  test.each([
    [
      `${header} Accepted password`,
      'no JSON object behind the RFC 5424 header and its structured data: there is "Accepted password"',
    ],
    [
      '<34>Oct 11 22:14:15 h sshd[1]: Accepted',
      'no JSON object behind the RFC 3164 header and its tag: there is "Accepted"',
    ],
    [
      '<34>Oct 11 22:14:15 h sshd[1]:',
      'no JSON object behind the RFC 3164 header and its tag: there is nothing',
    ],
    ['hello', 'no JSON object at the beginning of the message, which has no syslog header: there is "hello"'],
  ])('text that is no JSON is kept whole, with where it was looked for: %s', (line, detail) => {
    expect(recordOf(line)).toEqual({
      rejection: { reason: 'invalid_json', detail },
      bytes: Buffer.from(line),
    })
  })

  test('broken JSON, a message that is too large and one whose connection ended are refused with their reason', () => {
    expect(recordOf('<34>{"a":')).toMatchObject({ rejection: { reason: 'invalid_json' } })
    const longest = limits.maxRecordBytes + HEADER_ROOM_BYTES
    expect(recordOf('<34>{', longest + 1)).toMatchObject({
      rejection: {
        reason: 'too_large',
        detail: `a syslog message of ${longest + 1} bytes; at most ${longest}`,
      },
    })
    expect(recordOf('<34>{', 9)).toMatchObject({
      rejection: {
        reason: 'invalid_json',
        detail: 'the connection ended after 5 of the 9 bytes of the syslog message',
      },
    })
    expect(
      recordOf(Buffer.concat([Buffer.from('<34>{"a":"'), Buffer.of(0xff), Buffer.from('"}')])),
    ).toMatchObject({
      rejection: { reason: 'invalid_utf8' },
    })
  })
})
