import { describe, expect, test } from 'vitest'
import type { LogLevel } from '../logger.js'
import { createLog } from './log.js'

function capture(level: LogLevel = 'DEBUG') {
  const lines: string[] = []
  const { logging } = createLog({ level, destination: { write: (line: string) => void lines.push(line) } })
  return { lines, logging }
}

test('a line is the JSON object of the source specification', () => {
  const { lines, logging } = capture()
  logging('backend.routers.ingest').info('Event ingested', {
    request_id: 'a1b2c3d4',
    source_ip: '203.0.113.7',
    sensor_id: 'cowrie-1',
    event_type: 'login_attempt',
    session_id: 'uuid-1',
    threat_score: 0.42,
    threat_level: 'medium',
    duration_ms: 87,
  })
  const { timestamp, ...rest } = JSON.parse(lines[0] ?? '')
  expect(timestamp).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  expect(rest).toEqual({
    level: 'INFO',
    logger: 'backend.routers.ingest',
    request_id: 'a1b2c3d4',
    message: 'Event ingested',
    source_ip: '203.0.113.7',
    sensor_id: 'cowrie-1',
    event_type: 'login_attempt',
    session_id: 'uuid-1',
    threat_score: 0.42,
    threat_level: 'medium',
    duration_ms: 87,
  })
})

test('the five levels have the names of the source specification', () => {
  const { lines, logging } = capture()
  const log = logging('test')
  log.debug('m')
  log.info('m')
  log.warning('m')
  log.error('m')
  log.critical('m')
  expect(lines.map((line) => JSON.parse(line).level)).toEqual([
    'DEBUG',
    'INFO',
    'WARNING',
    'ERROR',
    'CRITICAL',
  ])
})

test('LOG_LEVEL silences what is below it', () => {
  const { lines, logging } = capture('WARNING')
  logging('test').info('unheard')
  logging('test').warning('heard')
  expect(lines).toHaveLength(1)
})

test('attacker text cannot break a line, add a field or reach the terminal', () => {
  const { lines, logging } = capture()
  const hostile = 'a\n{"level":"CRITICAL"}\r\u001b[2J\u009b31m\u202etxt.exe\u200b\u2028","level":"X'
  logging('test').info('m', { username: hostile })
  expect(lines).toHaveLength(1)
  const line = lines[0] ?? ''
  expect(line.match(/\p{Cc}|\p{Cf}|[\u2028\u2029]/gu)).toEqual(['\n'])
  expect(line.endsWith('\n')).toBe(true)
  expect(JSON.parse(line)).toMatchObject({ level: 'INFO', username: hostile })
})

describe('a flood', () => {
  test('is written in part, and the next line says how much was left out', () => {
    const lines: string[] = []
    const clock = { now: 0 }
    const { logging } = createLog({
      level: 'INFO',
      destination: { write: (line: string) => void lines.push(line) },
      now: () => clock.now,
    })
    for (let n = 0; n < 1_000; n += 1) logging('a').error('Trouble', { n })
    logging('a').error('Other trouble')
    expect(lines).toHaveLength(51)
    clock.now += 10_000
    logging('a').error('Trouble')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ message: 'Trouble', suppressed: 950 })
  })
})

test('a secret that is passed by mistake is not written', () => {
  const { lines, logging } = capture()
  logging('a').info('m', { password: 'hunter2', login: { refresh_token: 'hunter2' }, username: 'ann' })
  expect(lines[0]).not.toContain('hunter2')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ password: '[redacted]', username: 'ann' })
})

test('the level changes at once, in loggers that are there already', () => {
  const lines: string[] = []
  const log = createLog({ level: 'WARNING', destination: { write: (line: string) => void lines.push(line) } })
  const logger = log.logging('a')
  logger.debug('unheard')
  log.setLevel('DEBUG')
  logger.debug('heard')
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['heard'])
  expect(log.level()).toBe('DEBUG')
})

test('the observer receives every line of WARNING and above, whatever the level', () => {
  const heard: string[] = []
  const log = createLog({ level: 'CRITICAL', destination: { write: () => {} } })
  log.observe((level, logger, message) => void heard.push(`${level} ${logger} ${message}`))
  const logger = log.logging('a')
  logger.debug('d')
  logger.info('i')
  logger.warning('w')
  expect(heard).toEqual(['WARNING a w'])
})
