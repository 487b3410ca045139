import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localTimeOf } from './local-time.js'
import { parseSyslog } from './message.js'

const NOW = Date.UTC(2026, 10, 26, 12)
const utc = { now: NOW, fromLocal: localTimeOf('UTC') }

function parsed(line: string, clock = utc) {
  const bytes = Buffer.from(line)
  const { textStart, ...message } = parseSyslog(bytes, clock)
  return { ...message, text: bytes.subarray(textStart).toString() }
}

describe('RFC 5424', () => {
  test.each([
    [
      'all fields',
      '<34>1 2026-11-26T22:14:15.003Z pot.example.com su 1 ID47 - {"a":1}',
      { time: '2026-11-26T22:14:15.003000Z', host: 'pot.example.com', text: '{"a":1}' },
    ],
    [
      'a zone',
      '<34>1 2026-11-26T22:14:15.5-07:00 h a - - - x',
      { time: '2026-11-27T05:14:15.500000Z', host: 'h', text: 'x' },
    ],
    ['nothing but NILVALUE', '<34>1 - - - - - - x', { time: null, host: null, text: 'x' }],
    ['no message', '<34>1 - h - - - -', { time: null, host: 'h', text: '' }],
    ['a time that is none', '<34>1 yesterday h - - - - x', { time: null, host: 'h', text: 'x' }],
    [
      'structured data',
      '<165>1 - h - - ID47 [exampleSDID@32473 iut="3" eventSource="App"][other@1 a="b"] {"a":1}',
      { time: null, host: 'h', text: '{"a":1}' },
    ],
    [
      'escapes in structured data',
      String.raw`<165>1 - h - - - [x@1 a="q \" b \] s \\"] {"a":1}`,
      { time: null, host: 'h', text: '{"a":1}' },
    ],
    ['an element without parameters', '<165>1 - h - - - [x@1] y', { time: null, host: 'h', text: 'y' }],
    [
      'structured data without its end',
      '<165>1 - h - - - [x@1 a="b y',
      { time: null, host: 'h', text: '[x@1 a="b y' },
    ],
    ['the highest priority', '<191>1 - h - - - - x', { time: null, host: 'h', text: 'x' }],
  ])('%s', (_name, line, expected) => {
    expect(parsed(line)).toEqual({ header: 'RFC 5424', ...expected })
  })
})

describe('RFC 3164', () => {
  const time = '2026-10-11T22:14:15.000000Z'
  test.each([
    ['all parts', '<34>Oct 11 22:14:15 mymachine su: failed', { time, host: 'mymachine', text: 'failed' }],
    ['a process id', '<34>Oct 11 22:14:15 h cowrie[123]: {"a":1}', { time, host: 'h', text: '{"a":1}' }],
    [
      'a day of one digit',
      '<34>Oct  1 02:04:05 h a: x',
      { time: '2026-10-01T02:04:05.000000Z', host: 'h', text: 'x' },
    ],
    ['no host', '<34>Oct 11 22:14:15 su: {"a":1}', { time, host: null, text: '{"a":1}' }],
    ['no tag', '<34>Oct 11 22:14:15 h {"a":1}', { time, host: 'h', text: '{"a":1}' }],
    ['neither host nor tag', '<34>Oct 11 22:14:15 {"a":1}', { time, host: null, text: '{"a":1}' }],
    [
      'a tag before the cookie',
      '<34>Oct 11 22:14:15 h app: @cee:{"a":1}',
      { time, host: 'h', text: '@cee:{"a":1}' },
    ],
    [
      'the cookie without a tag',
      '<34>Oct 11 22:14:15 h @cee: {"a":1}',
      { time, host: 'h', text: '@cee: {"a":1}' },
    ],
    ['no time', '<34>su: {"a":1}', { time: null, host: null, text: '{"a":1}' }],
    ['nothing but a priority', '<34>{"a":1}', { time: null, host: null, text: '{"a":1}' }],
    [
      'the time of RFC 3339, as rsyslog forwards by default',
      '<34>2026-11-26T22:14:15.5+01:00 h su: x',
      { time: '2026-11-26T21:14:15.500000Z', host: 'h', text: 'x' },
    ],
    [
      'a year',
      '<34>Oct 11 2024 22:14:15 h a: x',
      { time: '2024-10-11T22:14:15.000000Z', host: 'h', text: 'x' },
    ],
    [
      'milliseconds and no priority',
      'Oct 11 22:14:15.123 h a: x',
      { time: '2026-10-11T22:14:15.123000Z', host: 'h', text: 'x' },
    ],
    [
      'an IPv6 address as host',
      '<34>Oct 11 22:14:15 2001:db8::1 a: x',
      { time, host: '2001:db8::1', text: 'x' },
    ],
    ['a day that no year has', '<34>Feb 31 22:14:15 h a: x', { time: null, host: 'h', text: 'x' }],
  ])('%s', (_name, line, expected) => {
    expect(parsed(line)).toEqual({ header: 'RFC 3164', ...expected })
  })

  test.each([
    ['2027-01-01T00:00:30Z', 'Dec 31 23:59:59', '2026-12-31T23:59:59.000000Z'],
    ['2026-12-31T23:59:30Z', 'Jan  1 00:00:01', '2027-01-01T00:00:01.000000Z'],
    ['2028-03-01T00:00:00Z', 'Feb 29 12:00:00', '2028-02-29T12:00:00.000000Z'],
  ])('the year is the one that is nearest: at %s %s is %s', (now, text, expected) => {
    expect(parsed(`<1>${text} h a: x`, { ...utc, now: Date.parse(now) }).time).toBe(expected)
  })

  test.each([
    ['Europe/Berlin', 'Oct 11 22:14:15', '2026-10-11T20:14:15.000000Z'],
    ['Europe/Berlin', 'Nov 11 22:14:15', '2026-11-11T21:14:15.000000Z'],
    ['Europe/Berlin', 'Oct 25 03:30:00', '2026-10-25T02:30:00.000000Z'],
    ['Asia/Kolkata', 'Nov 11 22:14:15', '2026-11-11T16:44:15.000000Z'],
  ])('in %s the local time %s is %s', (zone, text, expected) => {
    expect(parsed(`<1>${text} h a: x`, { now: NOW, fromLocal: localTimeOf(zone) }).time).toBe(expected)
  })
})

test.each(['{"a":1}', 'plain text', '', '<', '<999>x', '<34'])('%j has no header', (line) => {
  expect(parsed(line)).toEqual({ header: 'none', time: null, host: null, text: line })
})

test('whatever the bytes are, nothing is thrown, and the text is a part of them', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<34>',
      '1 ',
      '- ',
      'Oct 11 22:14:15 ',
      '2026-11-26T22:14:15Z ',
      'h ',
      '[a@1 b="',
      '\\"',
      '"]',
      'su[1]: ',
      '{',
    ),
    fc.string({ maxLength: 5 }),
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.array(piece, { maxLength: 15 }).map((pieces) => Buffer.from(pieces.join(''))),
  )
  fc.assert(
    fc.property(bytes, (line) => {
      const { textStart, time } = parseSyslog(line, utc)
      expect(textStart).toBeGreaterThanOrEqual(0)
      expect(textStart).toBeLessThanOrEqual(line.length)
      if (time !== null) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    }),
    { numRuns: 2_000 },
  )
})
