import { valueAt } from '../scoring/index.js'
import { binned } from './binned-rows.js'
import { type GrownTree, growTree } from './grow-tree.js'
import { generator } from './random.js'

/** Rows to learn from: what to say of each, and how much it counts. */
export interface Lesson {
  rows: readonly number[][]
  targets: readonly number[]
  weights: readonly number[]
}

/** A sum of trees over a base. */
export interface TreeEnsemble {
  base: number
  trees: GrownTree[]
}

const ROUNDS = 200
const RATE = 0.08
const DEPTH = 4
const MIN_ROWS = 3

/** Least-squares gradient boosting (Friedman, "Greedy Function Approximation", 2001) of monotone trees. Deterministic. */
export function boost({ rows, targets, weights }: Lesson): TreeEnsemble {
  const table = binned(rows)
  const everything = rows.map((_, n) => n)
  const every = (rows[0] ?? []).map((_, n) => n)
  const base = round6(weightedMean(targets, weights))
  const residuals = Float64Array.from(targets, (target) => target - base)
  const trees: GrownTree[] = []
  for (let round_ = 0; round_ < ROUNDS; round_ += 1) {
    const tree = scaled(
      growTree(table, everything, residuals, weights, {
        maxDepth: DEPTH,
        minRows: MIN_ROWS,
        candidates: () => every,
      }),
      RATE,
    )
    if (tree.feature.length === 1) break
    for (const [n, row] of rows.entries()) residuals[n] = (residuals[n] as number) - valueAt(tree, row)
    trees.push(tree)
  }
  return { base, trees }
}

const FOREST_TREES = 60
const FOREST_DEPTH = 8
const SEED = 20_260_301

/** A random forest (Breiman 2001) of monotone trees: bootstrap samples, a third of the features a split. Deterministic. */
export function forest({ rows, targets, weights }: Lesson): TreeEnsemble {
  const table = binned(rows)
  const random = generator(SEED)
  const features = rows[0]?.length ?? 0
  const some = Math.max(1, Math.round(features / 3))
  const trees = Array.from({ length: FOREST_TREES }, () => {
    const sample = rows.map(() => Math.floor(random() * rows.length))
    const candidates = () => Array.from({ length: some }, () => Math.floor(random() * features))
    const tree = growTree(table, sample, targets, weights, {
      maxDepth: FOREST_DEPTH,
      minRows: MIN_ROWS,
      candidates,
    })
    return scaled(tree, 1 / FOREST_TREES)
  })
  return { base: 0, trees }
}

const PASSES = 30
const LINEAR_RATE = 0.1
const RIDGE = 1e-4

/** Logistic regression on the expected severity, ridge-regularised, by AdaGrad (Duchi, Hazan, Singer 2011). */
export function logistic({ rows, targets, weights }: Lesson): (row: readonly number[]) => number {
  const features = rows[0]?.length ?? 0
  const scale = Array.from(
    { length: features },
    (_, n) => 1 / Math.max(1e-9, Math.max(...rows.map((row) => Math.abs(row[n] as number)))),
  )
  const coefficients = new Float64Array(features + 1)
  const squares = new Float64Array(features + 1).fill(1e-8)
  const inputs = (row: readonly number[]) => [...row.map((value, n) => value * (scale[n] as number)), 1]
  const predict = (input: readonly number[]) =>
    1 / (1 + Math.exp(-input.reduce((sum, value, n) => sum + value * (coefficients[n] as number), 0)))
  const prepared = rows.map(inputs)
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const [n, input] of prepared.entries()) {
      const error = (weights[n] as number) * (predict(input) - (targets[n] as number))
      for (const [at, value] of input.entries()) {
        const gradient = error * value + RIDGE * (coefficients[at] as number)
        squares[at] = (squares[at] as number) + gradient * gradient
        coefficients[at] =
          (coefficients[at] as number) - (LINEAR_RATE * gradient) / Math.sqrt(squares[at] as number)
      }
    }
  }
  return (row) => predict(inputs(row))
}

/** What an ensemble says of a row. */
export function predictBy({ base, trees }: TreeEnsemble): (row: readonly number[]) => number {
  return (row) =>
    Math.min(
      1,
      Math.max(
        0,
        trees.reduce((sum, tree) => sum + valueAt(tree, row), base),
      ),
    )
}

function scaled(tree: GrownTree, by: number): GrownTree {
  return { ...tree, value: tree.value.map((value) => round6(value * by)) }
}

/** So that the file is short, and the same everywhere. */
export function round6(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const size = weights.reduce((sum, weight) => sum + weight, 0)
  return values.reduce((sum, value, n) => sum + value * (weights[n] as number), 0) / Math.max(1e-9, size)
}
