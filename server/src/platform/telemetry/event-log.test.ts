import { expect, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import { createEvents } from '../events.js'
import { eventLog } from './event-log.js'
import { createLog } from './log.js'
import { createRefusalLog } from './refusal-log.js'

function setUp() {
  const lines: Array<Record<string, unknown>> = []
  const log = createLog({
    level: 'INFO',
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  })
  const events = createEvents((error) => {
    throw error
  })
  const refusals = createRefusalLog(log, Date.now)
  events.subscribe(eventLog(log, refusals))
  return { lines, log, publish: events.publish, refusals }
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

test('a key event has the bytes that any other line of the same facts has, whatever an attacker wrote into it', () => {
  const raw: string[] = []
  const log = createLog({ level: 'INFO', destination: { write: (line: string) => void raw.push(line) } })
  const line = { logger: 'backend.routers.ingest', level: 'INFO', message: 'Event ingested' } as const
  const hostile = 'a\n{"level":"CRITICAL"}\r\u001b[2J\u009b31m\u202etxt.exe\u200b\u2028","level":"X'
  for (const facts of [{}, { sensor_id: hostile, threat_score: 0.5, trace_id: undefined }]) {
    log.logging(line.logger).info(line.message, facts)
    log.writerOf(line)({ kind: 'event_ingested', ...facts })
    log.writerOf(line)({ ...facts, kind: 'event_ingested' })
    log.writerOf(line)(facts)
    const [other = '', ...own] = raw.splice(0)
    expect(own).toHaveLength(3)
    for (const written of own) {
      const [timestamp = ''] = /"timestamp":"[^"]+"/.exec(written) ?? []
      expect(written).toBe(other.replace(/"timestamp":"[^"]+"/, timestamp))
    }
  }
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

test('a flood of ingested events and scores is written whole, because their lines are counted', () => {
  const { lines, publish } = setUp()
  const session = {
    request_id: 'r',
    session_id: 's',
    source_ip: '203.0.113.7',
    sensor_id: 'cowrie-1',
    threat_score: 0,
    threat_level: 'low',
  } as const
  for (let n = 0; n < 200; n += 1) {
    publish({ kind: 'event_ingested', ...session, event_type: 'command', duration_ms: 1 })
    publish({ kind: 'score_computed', ...session, scored_by: 'rules' })
  }
  expect(lines).toHaveLength(400)
})

test('a flood of refusals is a line for the first of each, and one for the others', () => {
  const { lines, publish, refusals } = setUp()
  for (let n = 0; n < 200; n += 1) {
    publish(FAILED)
    publish({ ...FAILED, username: 'admin' })
    // A stranger chooses the key, and a leaked one is used from everywhere.
    const from = { request_id: 'r', client_ip: '203.0.113.8' }
    publish({ kind: 'key_refused', ...from, key_prefix: `et_${n}`, reason: 'unknown_or_revoked' })
    const elsewhere = { request_id: 'r', client_ip: `198.51.100.${n}` }
    publish({ kind: 'key_refused', ...elsewhere, key_prefix: 'et_abcd', reason: 'missing_scope' })
    const quarantined = { request_id: 'r', key_prefix: 'et_abcd', quarantine_id: `${n}` }
    publish({ kind: 'record_quarantined', ...quarantined, reason: 'too_large' })
  }
  refusals.close()
  expect(
    lines.slice(5).map(({ timestamp: _, since: __, level: ___, logger: ____, ...line }) => line),
  ).toEqual([
    { message: 'Auth login failed', client_ip: '203.0.113.7', reason: 'wrong_credentials', count: 199 },
    {
      message: 'Auth login failed',
      client_ip: '203.0.113.7',
      username: 'admin',
      reason: 'wrong_credentials',
      count: 199,
    },
    {
      message: 'Sensor key refused',
      client_ip: '203.0.113.8',
      reason: 'unknown_or_revoked',
      count: 199,
    },
    { message: 'Sensor key refused', key_prefix: 'et_abcd', reason: 'missing_scope', count: 199 },
    { message: 'Record quarantined', key_prefix: 'et_abcd', reason: 'too_large', count: 199 },
  ])
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
