import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { EventOf } from '../../domain/platform-event.js'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import type { Config } from '../config.js'
import { createEvents } from '../events.js'
import { ALONE } from '../workers/place.js'
import { createAccessLogModule } from './access-log.js'

const AT = Date.parse('2026-03-22T12:00:00Z')
const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** An access log in a directory of its own. @param prepare receives its path before it is opened. */
function openAccessLog(mode: Config['ACCESS_LOG'], prepare: (path: string) => void = () => {}) {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-access-log-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'logs', 'access.jsonl')
  prepare(path)
  const events = createEvents((error) => {
    throw error
  })
  const problems: string[] = []
  const config = { ACCESS_LOG: mode, DATA_DIR: directory } as Config
  const module = createAccessLogModule({
    config,
    events,
    log: {
      logging: () => ({ ...silent('test'), error: (message: string) => void problems.push(message) }),
    } as never,
    now: () => AT,
    place: ALONE,
  })
  const lines = () =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { events, module, lines, path, problems }
}

const REQUEST: EventOf<'request_completed'> = {
  kind: 'request_completed',
  method: 'POST',
  route: '/log',
  status: 499,
  milliseconds: 2000.5,
  key_prefix: 'et_abc',
  population: 'platform',
  overloaded: false,
  answered_by_llm: null,
} as EventOf<'request_completed'>

test('a line for the start, each request, acknowledgement and look at the LLM, and the stop', async () => {
  const { events, module, lines } = openAccessLog('file')
  events.publish(REQUEST)
  events.publish({
    kind: 'alert_delivered',
    seconds: 0.25,
    mode: 'live',
    acknowledged: true,
  } as EventOf<'alert_delivered'>)
  events.publish({ kind: 'llm_minute_observed', available: false } as EventOf<'llm_minute_observed'>)
  await module.stop?.()
  const timestamp = '2026-03-22T12:00:00.000Z'
  expect(lines()).toEqual([
    { timestamp, type: 'started', pid: process.pid },
    {
      timestamp,
      type: 'request',
      method: 'POST',
      route: '/log',
      status: 499,
      duration_ms: 2000.5,
      key_prefix: 'et_abc',
      population: 'platform',
      overloaded: false,
      answered_by_llm: null,
    },
    { timestamp, type: 'acknowledgement', duration_ms: 250, mode: 'live', acknowledged: true },
    { timestamp, type: 'probe', available: false },
    { timestamp, type: 'stopped', pid: process.pid },
  ])
})

test('lines that could not be written are counted in the log itself, once it is written again', async () => {
  const { events, module, lines, path, problems } = openAccessLog('file', (file) =>
    mkdirSync(file, { recursive: true }),
  )
  for (let n = 0; n < 5; n += 1) events.publish(REQUEST)
  await until(() => problems.length > 0)
  rmdirSync(path)
  let published = 5
  const lost = await until(() => {
    events.publish(REQUEST)
    published += 1
    return tryReading(lines)?.find(({ type }) => type === 'lost')
  })
  await module.stop?.()
  const written = lines().filter(({ type }) => type === 'request').length
  // The line of the start is lost, too.
  expect(lost['lines']).toBe(published + 1 - written)
  // The file is opened again after a second, however busy the machine is.
}, 30_000)

function tryReading<Lines>(read: () => Lines): Lines | null {
  try {
    return read()
  } catch {
    return null
  }
}

test('without ACCESS_LOG=file nothing is written', async () => {
  const { events, module, path } = openAccessLog('off')
  events.publish(REQUEST)
  await module.stop?.()
  expect(() => readFileSync(path)).toThrow('ENOENT')
})
