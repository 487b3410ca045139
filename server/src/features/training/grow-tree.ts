import type { RegressionTree } from '../scoring/index.js'
import { bestSplit, type WeightedTargets } from './best-split.js'
import type { BinnedRows } from './binned-rows.js'
import { clamp, type ValueRange } from './value-range.js'

/** A tree in arrays, as its file has it. */
export type GrownTree = { [Part in keyof RegressionTree]: number[] }

export interface TreeOptions {
  maxDepth: number
  /** Fewest rows, by weight, on either side of a split. */
  minRows: number
  /** Which features a split may look at. */
  candidates: () => readonly number[]
}

/**
 * Grows a regression tree that minimises squared error and never falls as a feature rises: a split whose right side would be worth less
 * than its left is not made, and what lies below a split stays on its side of the split's middle (as XGBoost's monotone constraints do).
 * @param targets one a row. @param weights one a row.
 */
export function growTree(
  table: BinnedRows,
  rows: readonly number[],
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
  { maxDepth, minRows, candidates }: TreeOptions,
): GrownTree {
  const { bins, edges } = table
  const lesson: WeightedTargets = { targets, weights }
  const tree: GrownTree = { feature: [], threshold: [], left: [], right: [], value: [] }
  grow(rows, 0, { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY })
  return tree

  function grow(members: readonly number[], depth: number, range: ValueRange): number {
    const node = addLeaf(tree, clamp(meanOf(members, lesson), range))
    if (depth >= maxDepth) return node
    const split = bestSplit(table, lesson, members, { minRows, range, candidates: candidates() })
    if (!split) return node
    const column = bins[split.feature] as Uint8Array
    const middle = (split.left + split.right) / 2
    tree.feature[node] = split.feature
    tree.threshold[node] = edges[split.feature]?.[split.bin] ?? 0
    const goesLeft = (row: number) => (column[row] as number) <= split.bin
    tree.left[node] = grow(members.filter(goesLeft), depth + 1, { low: range.low, high: middle })
    tree.right[node] = grow(
      members.filter((row) => !goesLeft(row)),
      depth + 1,
      { low: middle, high: range.high },
    )
    return node
  }
}

/** @returns the index of the new leaf. */
function addLeaf(tree: GrownTree, value: number): number {
  tree.feature.push(-1)
  tree.threshold.push(0)
  tree.left.push(0)
  tree.right.push(0)
  tree.value.push(value)
  return tree.feature.length - 1
}

function meanOf(members: readonly number[], { targets, weights }: WeightedTargets): number {
  let sum = 0
  let size = 0
  for (const row of members) {
    sum += (weights[row] as number) * (targets[row] as number)
    size += weights[row] as number
  }
  return size === 0 ? 0 : sum / size
}
