import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distinctIn, withText } from '../../domain/distinct-sketch.js'
import { distributionOf, driftOf, stabilityIndex } from './drift.js'
import { FEATURES, featureVector } from './features.js'
import { createModelScorer } from './model-scorer.js'
import { THREAT_MODEL } from './models/model-file.js'
import { describeReason, techniquesShown } from './reasons.js'
import { levelOf } from './scorer.js'
import type { SessionFacts } from './session-facts.js'
import { SIGNALS } from './signals.js'
import { parseThreatModel, withChecksum } from './threat-model.js'

const text = readFileSync(THREAT_MODEL, 'utf8')
const file = parseThreatModel(text)
const model = createModelScorer(file)

const start = Date.parse('2026-03-22T12:00:00Z')
const at = (second: number) => `${new Date(start + second * 1000).toISOString().slice(0, -1)}000Z`

interface Given {
  counts: number[]
  signals: string[]
  seconds: number
  credentials: number
}

const arbitrary: fc.Arbitrary<Given> = fc.record({
  counts: fc.array(fc.nat(5_000), { minLength: 6, maxLength: 6 }),
  signals: fc.subarray(SIGNALS.map(({ name }) => name)),
  seconds: fc.nat(100_000),
  credentials: fc.nat(16),
})

function seen({ counts, signals, seconds, credentials }: Given): SessionFacts {
  const [event_count = 0, logins = 0, successes = 0, commands = 0, files = 0, proxied = 0] = counts
  return {
    event_count,
    login_attempt_count: logins,
    login_success_count: successes,
    command_count: commands,
    file_count: files,
    proxy_request_count: proxied,
    signals: [...signals].sort(),
    techniques: [],
    clients: ['SSH-2.0-Go'],
    credential_sketch: Array.from({ length: credentials }, (_, n) => n),
    started_at: at(0),
    last_seen_at: at(seconds),
  }
}

describe('the model that ships', () => {
  test('gives a score within 0..1 with its level, explained by signed reasons that add up to it', () => {
    fc.assert(
      fc.property(arbitrary, (given) => {
        const { threat_score, threat_level, reasons } = model.score(seen(given))
        expect(threat_score).toBeGreaterThanOrEqual(0)
        expect(threat_score).toBeLessThanOrEqual(1)
        expect(threat_level).toBe(levelOf(threat_score))
        expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(threat_score, 3)
        expect(reasons.length).toBeLessThanOrEqual(8)
        for (const reason of reasons)
          expect(describeReason(reason, new Set()).description).not.toContain('earlier version')
      }),
    )
  })

  test('never scores a session as less severe for doing more', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (given, more) => {
        const grown: Given = {
          counts: given.counts.map((count, n) => count + (more.counts[n] ?? 0)),
          signals: [...new Set([...given.signals, ...more.signals])],
          seconds: given.seconds + more.seconds,
          credentials: Math.min(15, given.credentials + more.credentials),
        }
        const before = model.score(seen({ ...given, credentials: Math.min(15, given.credentials) }))
        expect(model.score(seen(grown)).threat_score).toBeGreaterThanOrEqual(before.threat_score)
      }),
    )
  })

  test.each(SIGNALS.filter(({ severity }) => severity > 1))(
    'judges a session of nothing but $name by what it is, and names it as the reason',
    ({ name, severity }) => {
      const { threat_level, threat_score, reasons } = model.score(
        seen({ counts: [1, 0, 0, 0, 0, 0], signals: [name], seconds: 0, credentials: 0 }),
      )
      expect(threat_level).toBe(severity === 2 ? 'high' : 'critical')
      expect(reasons.find((reason) => reason.name === name)?.contribution).toBeGreaterThan(0)
      expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(threat_score, 3)
    },
  )

  const contact: Given = {
    counts: [1, 0, 0, 0, 0, 0],
    signals: [],
    seconds: 0,
    credentials: 0,
  }
  test.each([
    ['contact alone', contact, ['low']],
    [
      'a touched canary, which training never met',
      { ...contact, signals: ['canary_triggered'] },
      ['critical'],
    ],
    [
      'a login, a download, its execution, and staying',
      {
        ...contact,
        counts: [12, 1, 1, 6, 2, 0],
        signals: ['discovery', 'download_command', 'execution', 'file_planted', 'persistence'],
      },
      ['critical'],
    ],
    ['guessing passwords', { ...contact, counts: [60, 50, 0, 0, 0, 0], credentials: 15 }, ['medium']],
  ])('%s', (_, given, levels) => {
    expect(levels).toContain(model.score(seen(given)).threat_level)
  })
})

describe('a model file', () => {
  test.each([
    ['cut', text.slice(0, text.length / 2), 'JSON'],
    ['another file', '{"format":"eviltwin-tactics"}', 'eviltwin-threat'],
    ['changed by hand', text.replace('"base":0.', '"base":0.9'), 'checksum'],
    [
      'of another version of the platform',
      JSON.stringify(withChecksum({ ...withoutHash(), features: ['something else'] })),
      'does not have',
    ],
    [
      'with a tree that never ends',
      JSON.stringify(
        withChecksum({
          ...withoutHash(),
          trees: [{ feature: [0], threshold: [0], left: [0], right: [0], value: [1] }],
        }),
      ),
      'trees is not valid',
    ],
  ])('that is %s is refused with the reason', (_, broken, reason) => {
    expect(() => parseThreatModel(broken)).toThrow(reason)
  })

  function withoutHash() {
    const { sha256: _, ...content } = file
    return content
  }
})

test('what speaks against a threat is evidence of no technique; techniques come from what happened', () => {
  const shown = new Set(['T1098.004', 'T1078'])
  expect(describeReason({ name: 'persistence', contribution: -0.1 }, shown).techniques).toEqual([])
  expect(describeReason({ name: 'persistence', contribution: 0.1 }, shown).techniques).toEqual(['T1098.004'])
  const facts = seen({
    counts: [3, 1, 1, 1, 0, 0],
    signals: ['persistence'],
    seconds: 1,
    credentials: 1,
  })
  expect(techniquesShown({ ...facts, techniques: ['T1098.004'] })).toEqual([
    { id: 'T1059', because: ['commands'] },
    { id: 'T1078', because: ['login_success'] },
    { id: 'T1098.004', because: ['persistence'] },
  ])
})

test('up to three logins are no brute force', () => {
  const ids = (logins: number) =>
    techniquesShown(seen({ counts: [9, logins, 0, 0, 0, 0], signals: [], seconds: 1, credentials: 3 })).map(
      ({ id }) => id,
    )
  expect(ids(3)).toEqual([])
  expect(ids(4)).toEqual(['T1110'])
})

test('distinct credentials are counted whatever their order, exactly while they are few', () => {
  const sketchOf = (texts: readonly string[]) => texts.reduce(withText, [] as readonly number[])
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 60 }), (texts) => {
      expect(sketchOf([...texts].reverse())).toEqual(sketchOf(texts))
      const distinct = new Set(texts).size
      if (distinct < 16) expect(distinctIn(sketchOf(texts))).toBe(distinct)
    }),
  )
  const many = distinctIn(sketchOf(Array.from({ length: 5_000 }, (_, n) => `password${n}`)))
  expect(many).toBeGreaterThan(2_500)
  expect(many).toBeLessThan(10_000)
})

describe('drift', () => {
  test('is nothing where nothing changed, and grows with the change', () => {
    const { shares } = distributionOf(Array.from({ length: 1_000 }, (_, n) => n))
    expect(stabilityIndex(shares, shares)).toBe(0)
    const slightly = stabilityIndex(
      shares,
      shares.map((share, n) => share + (n % 2 ? 0.02 : -0.02)),
    )
    const wholly = stabilityIndex(
      shares,
      shares.map((_, n) => (n === 0 ? 1 : 0)),
    )
    expect(slightly).toBeGreaterThan(0)
    expect(slightly).toBeLessThan(0.1)
    expect(wholly).toBeGreaterThan(0.25)
  })

  test('of sessions unlike those of training is told, with the feature that changed', () => {
    const facts = seen({
      counts: [4_000, 3_900, 0, 0, 0, 0],
      signals: [],
      seconds: 50_000,
      credentials: 15,
    })
    const rows = Array.from({ length: 200 }, () => featureVector(facts))
    const drift = driftOf(
      file,
      rows,
      rows.map(() => 'critical'),
    )
    expect(drift).toMatchObject({ sessions: 200, verdict: 'drifted' })
    expect(drift.level_psi).toBeGreaterThan(0.25)
    expect(FEATURES.map(({ name }) => name)).toContain(drift.features[0]?.name)
  })
})
