import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseRules, RulesError } from './rules.js'

const file = readFileSync(new URL('../../../rules/operational-alerts.yaml', import.meta.url), 'utf8')

test('the shipped rules are the seven of the source specification, and those of our own', () => {
  const rows = parseRules(file).map(({ name, severity, signal, above }) => {
    const { kind: _, ...parameters } = signal
    return [name, severity, parameters, above]
  })
  expect(rows).toEqual([
    ['Ingest error surge', 'high', { ways: ['POST /log', 'HEC'], minutes: 5 }, 0.05],
    ['Ingest latency breach', 'medium', { ways: ['POST /log', 'HEC'], quantile: 0.95, minutes: 5 }, 1000],
    ['Database unreachable', 'critical', {}, 0],
    ['LLM service down', 'low', { minutes: 15 }, 0],
    ['Auth failure spike', 'medium', { seconds: 60 }, 20],
    ['Alert queue overflow', 'high', {}, 1000],
    ['High memory usage', 'medium', {}, 0.8],
    ['Notifications failing', 'high', {}, 0],
    ['Channel test failed', 'high', {}, 0],
    ['Sensor refused', 'medium', { minutes: 10 }, 0],
    ['Sensor mismatch', 'high', { minutes: 10 }, 0],
    ['Sensor silent', 'high', {}, 0],
    ['Synthetic marker forged', 'high', { minutes: 10 }, 0],
    ['Clock skew', 'medium', {}, 2],
    ['Quarantine growth', 'high', { minutes: 10 }, 0.8],
  ])
})

test('every rule has a runbook', () => {
  for (const { id } of parseRules(file)) {
    expect([id, existsSync(new URL(`../../../../docs/runbooks/${id}.md`, import.meta.url))]).toEqual([
      id,
      true,
    ])
  }
})

describe('rules that are wrong are refused with the place', () => {
  test.each([
    ['an unknown signal', file.replace('memory_share', 'moon_phase'), /6\.signal/],
    [
      'an unknown inhibitor',
      file.replace('inhibited_by: [database-unreachable]', 'inhibited_by: [nothing]'),
      /nothing/,
    ],
    [
      'a duration without a unit',
      file.replace('keep_firing_for: 2m', 'keep_firing_for: 2'),
      /keep_firing_for/,
    ],
  ])('%s', (_what, text, message) => {
    expect(() => parseRules(text)).toThrow(RulesError)
    expect(() => parseRules(text)).toThrow(message)
  })
})
