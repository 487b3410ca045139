import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { normalize, Rejection } from '../sensors/index.js'
import { type Step, stepsOf } from './acts.js'
import { actsBetween, SCHEDULE } from './schedule.js'

const DAY_SECONDS = 86_400
const TIME = new Date('2026-03-22T12:00:00.123Z')
const steps = actsBetween(0, DAY_SECONDS).flatMap((act) => stepsOf(act, 'run'))
const sent = steps.filter((step) => step.kind !== 'delay' && step.kind !== 'file')

/** What a step's record is to the platform. */
function read(step: Exclude<Step, { kind: 'delay' | 'file' }>) {
  const json = step.record(TIME)
  return normalize(json, JSON.stringify(json), {
    received_at: TIME.toISOString(),
    default_sensor_id: null,
  } as unknown as Parameters<typeof normalize>[2])
}

test('all addresses are for documentation', () => {
  const text = JSON.stringify(sent.map((step) => step.record(TIME)))
  const addresses = text.match(/\b\d+\.\d+\.\d+\.\d+\b|2001:[0-9a-f:]+/g) ?? []
  expect(addresses.length).toBeGreaterThan(sent.length)
  const documentation = ['192.0.2.', '198.51.100.', '203.0.113.', '2001:db8:']
  expect(addresses.filter((ip) => !documentation.some((start) => ip.startsWith(start)))).toEqual([])
})

test('every record is an event, but the one that shows the quarantine', () => {
  const kinds = new Set<string>()
  let rejected = 0
  for (const step of sent) {
    const events = read(step)
    if (events instanceof Rejection) rejected += 1
    else for (const { sensor_kind } of events) kinds.add(sensor_kind)
  }
  expect([...kinds].sort()).toEqual(['canarytoken', 'cowrie', 'dionaea', 'opencanary'])
  const { every } = SCHEDULE.find(({ name }) => name === 'unreadable record') ?? { every: Number.NaN }
  expect(rejected).toBe(DAY_SECONDS / every)
  // A day of records is read.
}, 60_000)

test('a file that is brought is the one that its session names, and does nothing', () => {
  const files = steps.filter((step) => step.kind === 'file')
  const named = new Set(sent.map((step) => step.record(TIME)['shasum']))
  expect(new Set(files.map(({ content }) => content.toString())).size).toBe(5)
  for (const { content } of files) {
    expect(named).toContain(createHash('sha256').update(content).digest('hex'))
    expect(content.toString()).toMatch(/^#!\/bin\/sh\n#.*\nexit 0\n$/)
  }
})

test('a day is at most 70,000 requests', () => {
  expect(sent.length).toBeLessThan(70_000)
  expect(sent.length).toBeGreaterThan(50_000)
})

test('injected delays take less than the 5 % of requests that the latency objective allows', () => {
  const slow = steps.flatMap((step) => (step.kind === 'delay' ? step.seconds : []))
  expect(slow.length).toBe(24)
  expect(slow.reduce((sum, seconds) => sum + seconds, 0) / DAY_SECONDS).toBeLessThan(0.05)
})

test('runs share no session', () => {
  const [act] = actsBetween(0, 2)
  const sessionsOf = (run: string) =>
    (act ? stepsOf(act, run) : []).map((step) =>
      step.kind === 'record' ? step.record(TIME)['session'] : null,
    )
  expect(sessionsOf('a')).not.toContain(sessionsOf('b')[0])
})
