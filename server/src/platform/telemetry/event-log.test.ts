import { expect, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import { createEvents } from '../events.js'
import { eventLog } from './event-log.js'
import { createLog } from './log.js'

function setUp() {
  const lines: Array<Record<string, unknown>> = []
  const log = createLog({
    level: 'INFO',
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  })
  const events = createEvents((error) => {
    throw error
  })
  events.subscribe(eventLog(log))
  return { lines, log, publish: events.publish }
}

const FAILED: PlatformEvent = {
  kind: 'login_failed',
  request_id: 'a1b2c3d4',
  trace_id: 't',
  client_ip: '203.0.113.7',
  reason: 'wrong_credentials',
}

test('a key event is a line with the logger, level and message of the specification, and no field beside its own', () => {
  const { lines, publish } = setUp()
  publish(FAILED)
  const [{ timestamp: _, ...line } = {}] = lines
  expect(line).toEqual({
    level: 'WARNING',
    logger: 'backend.routers.auth',
    message: 'Auth login failed',
    request_id: 'a1b2c3d4',
    trace_id: 't',
    client_ip: '203.0.113.7',
    reason: 'wrong_credentials',
  })
})

test('the line of an alert has the kind of the alert', () => {
  const { lines, publish } = setUp()
  publish({
    kind: 'alert_queued',
    request_id: 'r',
    alert_id: 'a',
    alert_kind: 'canary',
    session_id: 's',
    source_ip: '203.0.113.7',
    sensor_id: 'cowrie-1',
    threat_score: 1,
    threat_level: 'critical',
    queue_depth: 0,
  })
  expect(lines[0]).toMatchObject({ message: 'Alert queued', kind: 'canary' })
  expect(lines[0]).not.toHaveProperty('alert_kind')
})

test('a flood of key events is written whole, because they are counted', () => {
  const { lines, publish } = setUp()
  for (let n = 0; n < 200; n += 1) publish(FAILED)
  expect(lines).toHaveLength(200)
})

test('key events are no problems: the observer of the log does not receive them', () => {
  const { log, publish } = setUp()
  const observed: string[] = []
  log.observe((_level, _logger, message) => void observed.push(message))
  publish(FAILED)
  publish({ kind: 'pool_exhausted', pool: 'app', pool_size: 8, waiting: 1 })
  expect(observed).toEqual([])
})

test('the level of the log holds for key events, too', () => {
  const { lines, log, publish } = setUp()
  log.setLevel('ERROR')
  publish(FAILED)
  expect(lines).toEqual([])
})
