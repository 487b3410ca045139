import { expect, test } from 'vitest'
import { createLog } from './log.js'
import { createRefusalLog, type RefusalIdentity } from './refusal-log.js'

const MINUTE_MS = 60_000
const FAILED = { logger: 'backend.routers.auth', level: 'WARNING', message: 'Auth login failed' } as const

function setUp() {
  const clock = { at: Date.parse('2026-03-22T00:00:00Z') }
  const lines: Array<Record<string, unknown>> = []
  const log = createLog({
    level: 'INFO',
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  })
  const refusals = createRefusalLog(log, () => clock.at)
  const refuse = (identity: RefusalIdentity, request_id = 'r') =>
    refusals.write(FAILED, identity, { request_id, ...identity })
  const total = () => lines.reduce((sum, { count = 1 }) => sum + Number(count), 0)
  return { clock, lines, refusals, refuse, total }
}

const from = (address: number, reason = 'rate_limited') => ({ client_ip: `203.0.113.${address}`, reason })

test('the first refusal is logged at once and whole, the others of its minute as one line with their count', () => {
  const { clock, lines, refusals, refuse } = setUp()
  for (let n = 0; n < 1000; n += 1) refuse(from(7), `r${n}`)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ ...FAILED, request_id: 'r0', client_ip: '203.0.113.7' })
  expect(lines[0]).not.toHaveProperty('count')
  clock.at += MINUTE_MS - 1
  refusals.flush()
  expect(lines).toHaveLength(1)
  clock.at += 1
  refusals.flush()
  expect(lines).toHaveLength(2)
  expect(lines[1]).toEqual({
    timestamp: expect.any(String),
    ...FAILED,
    client_ip: '203.0.113.7',
    reason: 'rate_limited',
    count: 999,
    since: '2026-03-22T00:00:00.000Z',
  })
  refusals.flush()
  expect(lines).toHaveLength(2)
})

test('a refusal after its minute begins another one, though nothing was flushed meanwhile', () => {
  const { clock, lines, refuse, total } = setUp()
  for (let n = 0; n < 3; n += 1) refuse(from(7))
  clock.at += MINUTE_MS
  refuse(from(7), 'later')
  expect(lines.map(({ request_id, count }) => [request_id, count])).toEqual([
    ['r', undefined],
    [undefined, 2],
    ['later', undefined],
  ])
  expect(total()).toBe(4)
})

test('addresses and reasons are counted apart', () => {
  const { lines, refusals, refuse } = setUp()
  for (const identity of [from(1), from(2), from(1, 'disabled')])
    for (let n = 0; n < 3; n += 1) refuse(identity)
  refusals.close()
  expect(lines.slice(3).map(({ client_ip, reason, count }) => [client_ip, reason, count])).toEqual([
    ['203.0.113.1', 'rate_limited', 2],
    ['203.0.113.2', 'rate_limited', 2],
    ['203.0.113.1', 'disabled', 2],
  ])
})

test('beyond a hundred addresses the further ones share one line a reason; the sum is exact all the same', () => {
  const { clock, lines, refusals, refuse, total } = setUp()
  for (let n = 0; n < 5000; n += 1)
    refuse({ client_ip: `2001:db8::${n.toString(16)}`, reason: 'rate_limited' })
  // One of each that is counted apart, and the first of those that are not.
  expect(lines).toHaveLength(101)
  refusals.close()
  expect(lines).toHaveLength(102)
  expect(lines.at(-1)).toMatchObject({ reason: 'rate_limited', count: 4899 })
  expect(lines.at(-1)).not.toHaveProperty('client_ip')
  expect(total()).toBe(5000)
  // What was counted apart is room for others after its minute.
  clock.at += MINUTE_MS
  refuse(from(9))
  expect(lines.at(-1)).toMatchObject({ client_ip: '203.0.113.9' })
})

test('what was counted is written when the platform stops, and nothing twice', () => {
  const { lines, refusals, refuse, total } = setUp()
  for (let n = 0; n < 10; n += 1) refuse(from(7))
  refusals.close()
  refusals.close()
  expect(lines).toHaveLength(2)
  expect(total()).toBe(10)
})
