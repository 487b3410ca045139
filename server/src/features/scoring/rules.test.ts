import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeReason } from './reasons.js'
import { createRuleScorer } from './rules.js'
import { safeScorer } from './safe-scorer.js'
import { levelOf } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { SIGNALS, signalNamed } from './signals.js'

const rules = createRuleScorer()
const nothing: SessionFacts = {
  event_count: 1,
  login_attempt_count: 0,
  login_success_count: 0,
  command_count: 0,
  file_count: 0,
  proxy_request_count: 0,
  signals: [],
  techniques: [],
  clients: [],
  credential_sketch: [],
  started_at: '2026-03-22T12:00:00.000000Z',
  last_seen_at: '2026-03-22T12:00:00.000000Z',
}
const names = [
  'exploit',
  'file_planted',
  'download_command',
  'execution',
  'persistence',
  'discovery',
  'proxy_abuse',
]

test('contact alone is low, a brute force medium at most, an implant critical', () => {
  expect(rules.score(nothing).threat_level).toBe('low')
  expect(rules.score({ ...nothing, login_attempt_count: 1000 }).threat_level).toBe('medium')
  const implant = {
    ...nothing,
    login_success_count: 1,
    command_count: 5,
    signals: ['download_command', 'execution', 'persistence'],
  }
  expect(rules.score(implant)).toMatchObject({ threat_level: 'critical', scorer: 'rules-3' })
})

test('counts alone make no session high; critical takes staying, harming or a canary', () => {
  const busy = {
    ...nothing,
    login_attempt_count: 9,
    login_success_count: 1,
    command_count: 500,
    file_count: 0,
  }
  expect(rules.score({ ...busy, signals: ['discovery'] }).threat_level).toBe('medium')
  expect(rules.score({ ...busy, signals: ['discovery', 'download_command', 'execution'] }).threat_level).toBe(
    'high',
  )
  expect(rules.score({ ...busy, signals: ['persistence'] }).threat_level).toBe('critical')
})

test('what acts on the system is never less than high, what stays or harms never less than critical', () => {
  for (const { name, severity } of SIGNALS.filter((signal) => signal.severity > 1)) {
    const least = severity === 2 ? 'high' : 'critical'
    const { threat_level, threat_score, reasons } = rules.score({ ...nothing, signals: [name] })
    expect([name, threat_level]).toEqual([name, least])
    expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(threat_score, 3)
  }
})

test('a score is within 0..1, has its level, and is the sum of its reasons', () => {
  const facts = fc.record({
    event_count: fc.nat(1e6),
    login_attempt_count: fc.nat(1e6),
    login_success_count: fc.nat(100),
    command_count: fc.nat(1e5),
    file_count: fc.nat(1e4),
    proxy_request_count: fc.nat(1e4),
    signals: fc.subarray(names),
  })
  fc.assert(
    fc.property(facts, (given) => {
      const { threat_score, threat_level, reasons } = rules.score({ ...nothing, ...given })
      expect(threat_score).toBeGreaterThanOrEqual(0)
      expect(threat_score).toBeLessThanOrEqual(1)
      expect(threat_level).toBe(levelOf(threat_score))
      expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(threat_score, 2)
    }),
  )
})

test('doing more never lowers a score', () => {
  const counts = [
    'event_count',
    'login_attempt_count',
    'login_success_count',
    'command_count',
    'file_count',
  ] as const
  fc.assert(
    fc.property(
      fc.subarray(names),
      fc.constantFrom(...counts),
      fc.nat(1000),
      fc.nat(1000),
      (signals, count, some, more) => {
        const before = rules.score({ ...nothing, signals, [count]: some })
        const after = rules.score({ ...nothing, signals: [...signals, 'persistence'], [count]: some + more })
        expect(after.threat_score).toBeGreaterThanOrEqual(before.threat_score)
      },
    ),
  )
})

test('every reason explains itself and names ATT&CK techniques in their own form', () => {
  for (const name of [...names, 'contact', 'login_attempts', 'login_success', 'commands', 'many_files']) {
    const { description, techniques } = describeReason({ name, contribution: 0.1 }, new Set())
    expect(description).not.toContain('earlier version')
    for (const technique of techniques) expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/)
  }
  expect(signalNamed('no such signal')).toBeUndefined()
})

test('a model that throws is replaced by rules for that session and reported; nothing else is', () => {
  const failures: unknown[] = []
  const broken = {
    name: 'broken',
    score: () => {
      throw new Error('model file is corrupt')
    },
  }
  const report = (error: unknown) => failures.push(error)
  expect(safeScorer(() => broken, rules, report).score(nothing)).toEqual(rules.score(nothing))
  expect(safeScorer(() => null, rules, report).score(nothing)).toEqual(rules.score(nothing))
  expect(safeScorer(() => broken, broken, report).score(nothing)).toMatchObject({ scorer: 'none' })
  expect(failures).toHaveLength(3)
})
