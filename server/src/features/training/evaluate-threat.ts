import { ThreatLevel } from '@eviltwin/contract'
import { createRuleScorer, levelOf, withinBehaviours } from '../scoring/index.js'
import { macroF1, scoreClasses } from './classification.js'
import type { Example } from './examples.js'
import { boost, forest, logistic, predictBy } from './learners.js'
import { generator, shuffle } from './random.js'
import { type Severity, TARGETS } from './severity.js'
import { lessonOf } from './train-threat.js'

/** How well a scorer scores examples that it was not trained on. */
export interface ThreatEvaluation {
  split: 'attacker' | 'day'
  /** What was scored: whole sessions, sessions before what decides them, sessions that experts labelled. */
  exam: 'whole' | 'before' | 'experts'
  scorer: 'boosted trees' | 'forest' | 'logistic' | 'rules'
  examples: number
  /** Area under the ROC curve of recognising medium and above, and high and above; null where one side is empty. */
  auc_medium: number | null
  auc_high: number | null
  macro_f1: number
  /** Mean distance between what is said and what is true, over ten bins of what is said (expected calibration error). */
  calibration_error: number
}

type Predictor = (example: Example) => number

const FOLDS = 5
const SEED = 11

const LEARNERS: ReadonlyArray<
  readonly [ThreatEvaluation['scorer'], (training: readonly Example[]) => Predictor]
> = [
  ['boosted trees', (training) => byRow(predictBy(boost(lessonOf(training))))],
  ['forest', (training) => byRow(predictBy(forest(lessonOf(training))))],
  ['logistic', (training) => byRow(logistic(lessonOf(training)))],
  [
    'rules',
    () =>
      ({ facts }) =>
        createRuleScorer().score(facts).threat_score,
  ],
]

/** Cross-validated by attacker in five folds, and once by day: the last of each sensor's days against those before. Deterministic. */
export function evaluateThreat(examples: readonly Example[]): ThreatEvaluation[] {
  return [...evaluate('attacker', byAttacker(examples)), ...evaluate('day', byDay(examples))]
}

type Fold = { training: Example[]; test: Example[] }

function evaluate(split: ThreatEvaluation['split'], folds: readonly Fold[]): ThreatEvaluation[] {
  const scored = LEARNERS.map(([scorer, learn]) => ({
    scorer,
    answers: folds.flatMap(({ training, test }) => {
      const predict = learn(training)
      return test.map((example) => ({ example, score: predict(example) }))
    }),
  }))
  return (['whole', 'before', 'experts'] as const).flatMap((exam) =>
    scored.flatMap(({ scorer, answers }) => {
      const own = answers.filter(({ example }) => belongsTo(example, exam))
      return own.length === 0 ? [] : [measure(split, exam, scorer, own)]
    }),
  )
}

function belongsTo({ view, source }: Example, exam: ThreatEvaluation['exam']): boolean {
  if (exam === 'whole') return view === 'whole'
  return exam === 'experts'
    ? source === 'expert' && view === 'whole'
    : source === 'sensor' && view === 'before'
}

function byAttacker(examples: readonly Example[]): Fold[] {
  const attackers = [...new Set(examples.map(({ attacker }) => attacker))].sort()
  const order = attackers.map((_, n) => n)
  shuffle(order, generator(SEED))
  const foldOf = new Map(order.map((attacker, n) => [attackers[attacker], n % FOLDS]))
  return Array.from({ length: FOLDS }, (_, fold) => ({
    training: examples.filter(({ attacker }) => foldOf.get(attacker) !== fold),
    test: examples.filter(({ attacker }) => foldOf.get(attacker) === fold),
  }))
}

/** The newest day that any sensor reports is scored by a model of the days before; experts' sessions have no day, and teach. */
function byDay(examples: readonly Example[]): Fold[] {
  const ofSensors = examples.filter(({ source }) => source === 'sensor')
  const last = ofSensors.reduce((newest, { day }) => (day > newest ? day : newest), '')
  const isTest = ({ source, day }: Example) => source === 'sensor' && day === last
  return [{ training: examples.filter((example) => !isTest(example)), test: examples.filter(isTest) }]
}

interface Answer {
  example: Example
  score: number
}

function measure(
  split: ThreatEvaluation['split'],
  exam: ThreatEvaluation['exam'],
  scorer: ThreatEvaluation['scorer'],
  answers: readonly Answer[],
): ThreatEvaluation {
  return {
    split,
    exam,
    scorer,
    examples: answers.length,
    auc_medium: auc(answers, 1),
    auc_high: auc(answers, 2),
    macro_f1: macroF1OfLevels(answers),
    calibration_error: calibrationError(answers),
  }
}

/** By ranks (Mann-Whitney), ties counted half. */
export function auc(answers: readonly Answer[], least: Severity): number | null {
  const sorted = [...answers].sort((a, b) => a.score - b.score)
  let rankSum = 0
  let positives = 0
  for (let at = 0; at < sorted.length; ) {
    let end = at
    while (end < sorted.length && sorted[end]?.score === sorted[at]?.score) end += 1
    const rank = (at + 1 + end) / 2
    const positive = sorted.slice(at, end).filter(({ example }) => example.severity >= least).length
    positives += positive
    rankSum += rank * positive
    at = end
  }
  const negatives = sorted.length - positives
  if (positives === 0 || negatives === 0) return null
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** Over the levels that occur. */
function macroF1OfLevels(answers: readonly Answer[]): number {
  const truth = answers.map(({ example }) => ThreatLevel.options[example.severity] as ThreatLevel)
  const said = answers.map(({ score }) => levelOf(score))
  return macroF1(scoreClasses(ThreatLevel.options, truth, said).filter(({ actual }) => actual > 0))
}

function calibrationError(answers: readonly Answer[]): number {
  const bins = Array.from({ length: 10 }, () => ({ said: 0, meant: 0, count: 0 }))
  for (const { example, score } of answers) {
    const bin = bins[Math.min(9, Math.floor(score * 10))] as (typeof bins)[0]
    bin.said += score
    bin.meant += TARGETS[example.severity]
    bin.count += 1
  }
  return bins.reduce((sum, { said, meant }) => sum + Math.abs(said - meant), 0) / Math.max(1, answers.length)
}

/** What a learner says, within what the session's behaviours allow, as in the scorer. */
function byRow(predict: (row: readonly number[]) => number): Predictor {
  return ({ row, facts }) => withinBehaviours(predict(row), facts.signals)
}
