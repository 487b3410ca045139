import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { burnWindows } from './burn-windows.js'
import { loadObjectives } from './load-objectives.js'
import { OpenSloError, parseOpenSlo, toOpenSlo } from './openslo.js'
import { prometheusRules } from './prometheus-rules.js'

const DAY = 1440

test('the shipped objectives are the eight of the source specification, two of the event collector and three of the sensors', async () => {
  const objectives = await loadObjectives()
  const rows = objectives.map(({ name, target, windowMinutes, indicator }) => [
    name,
    indicator.signal === 'http' ? indicator.route : indicator.signal,
    'faster_than_ms' in indicator.good ? indicator.good.faster_than_ms : 'succeeded',
    target,
    windowMinutes / DAY,
  ])
  expect(rows.sort()).toEqual(
    [
      ['Ingest availability', 'POST /log', 'succeeded', 0.995, 7],
      ['Ingest latency', 'POST /log', 500, 0.95, 1],
      ['Session query latency', 'GET /sessions', 1000, 0.95, 1],
      ['Dashboard stats latency', 'GET /dashboard/stats', 800, 0.95, 1],
      ['Auth latency', 'POST /auth/login', 300, 0.95, 1],
      ['Alert delivery delay', 'alert_delivery', 2000, 0.95, 1],
      ['AI analysis latency', 'POST /ai/analyze', 10_000, 0.95, 1],
      ['HEC availability', 'POST /services/collector', 'succeeded', 0.995, 7],
      ['HEC latency', 'POST /services/collector', 500, 0.95, 1],
      ['AI availability', 'ai_probe', 'succeeded', 0.95, 7],
      ['Sensor coverage', 'sensor_coverage', 'succeeded', 0.99, 7],
      ['Attack detection', 'attack_detection', 'succeeded', 0.99, 7],
      ['Detection delay', 'detection_delay', 10_000, 0.95, 1],
    ].sort(),
  )
})

test('what is exported is read back as it was', async () => {
  const objectives = await loadObjectives()
  expect(parseOpenSlo(toOpenSlo(objectives), 'exported')).toEqual(objectives)
})

test('the committed Prometheus rules are the generated ones', async () => {
  const committed = readFileSync(
    new URL('../../../../deploy/prometheus/eviltwin-slo-rules.yaml', import.meta.url),
    'utf8',
  )
  expect(committed.trimEnd()).toBe(prometheusRules(await loadObjectives()).trimEnd())
})

describe('a document that is wrong is refused with the place', () => {
  const valid = toOpenSlo([
    {
      id: 'x',
      name: 'X',
      description: '',
      service: 'eviltwin',
      indicator: { signal: 'http', route: 'GET /x', good: { faster_than_ms: 100 } },
      target: 0.9,
      windowMinutes: DAY,
      budgeting: 'occurrences',
    },
  ])
  test.each([
    ['a target of 100 %', valid.replace('target: 0.9', 'target: 1'), /objectives\.0\.target/],
    ['a calendar window', valid.replace('isRolling: true', 'isRolling: false'), /timeWindow\.0\.isRolling/],
    ['another version', valid.replace('openslo/v1', 'openslo/v2'), /apiVersion/],
    ['a route without a method', valid.replaceAll('GET /x', '/x'), /route/],
    ['no YAML', 'a: [', /not YAML/],
    ['nothing that is good', valid.replace('faster_than_ms: 100', 'outcome: null'), /outcome/],
  ])('%s', (_what, text, message) => {
    expect(() => parseOpenSlo(text, 'slo.yaml')).toThrow(OpenSloError)
    expect(() => parseOpenSlo(text, 'slo.yaml')).toThrow(message)
  })
})

test('the objectives of the LLM never burn more severely than its specified alert; the others may', async () => {
  const objectives = await loadObjectives()
  const severities = objectives.map(({ id, windowMinutes, target, maximumSeverity }) => [
    id,
    [...new Set(burnWindows(windowMinutes, target, maximumSeverity).map(({ severity }) => severity))],
  ])
  expect(Object.fromEntries(severities)).toMatchObject({
    'ai-availability': ['low'],
    'ai-analysis-latency': ['low'],
    'ingest-availability': ['critical', 'high', 'medium', 'low'],
  })
})
