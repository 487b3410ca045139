import { ThreatLevel } from '@eviltwin/contract'
import {
  distributionOf,
  FEATURES,
  levelOf,
  levelShares,
  SIGNALS,
  type ThreatModelFile,
  withChecksum,
  withinBehaviours,
} from '../scoring/index.js'
import type { Example } from './examples.js'
import { boost, type Lesson, predictBy, round6 } from './learners.js'
import { TARGETS } from './severity.js'

/** A signal that fewer sessions showed was not learned, whatever the trees say of it. */
const MIN_SESSIONS = 10
/** A guess about the future teaches less than what happened. */
const BEFORE_WEIGHT = 0.3
/** Experts' sessions are few, and the only ones labelled by people. */
const EXPERT_WEIGHT = 2

/** Trains the model that ships. The same examples in the same order give the same file, bit for bit. */
export function trainThreat(examples: readonly Example[]): ThreatModelFile {
  const whole = examples.filter(({ view }) => view === 'whole')
  const ensemble = boost(lessonOf(examples))
  const ofSensors = whole.filter(({ source }) => source === 'sensor')
  const predict = predictBy(ensemble)
  const levels = ofSensors.map(({ row, facts }) => levelOf(withinBehaviours(predict(row), facts.signals)))
  const shares = levelShares(levels)
  return withChecksum({
    format: 'eviltwin-threat',
    features: FEATURES.map(({ name }) => name),
    ...ensemble,
    unlearned: SIGNALS.map(({ name }) => name).filter(
      (name) => whole.filter(({ facts }) => facts.signals.includes(name)).length < MIN_SESSIONS,
    ),
    trained_on: { sessions: ofSensors.length, labelled: whole.length - ofSensors.length },
    distribution: {
      levels: Object.fromEntries(
        ThreatLevel.options.map((level, n) => [level, round6(shares[n] ?? 0)]),
      ) as Record<ThreatLevel, number>,
      features: Object.fromEntries(
        FEATURES.flatMap(({ name }, n) => {
          const { edges, shares: own } = distributionOf(ofSensors.map(({ row }) => row[n] as number))
          return [[name, { edges: edges.map(round6), shares: own.map(round6) }]]
        }),
      ),
    },
  })
}

export function lessonOf(examples: readonly Example[]): Lesson {
  return {
    rows: examples.map(({ row }) => row),
    targets: examples.map(({ severity }) => TARGETS[severity]),
    weights: examples.map(
      ({ view, source }) =>
        (view === 'before' ? BEFORE_WEIGHT : 1) * (source === 'expert' ? EXPERT_WEIGHT : 1),
    ),
  }
}
