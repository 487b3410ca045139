import type { RegressionTree } from '../scoring/index.js'

/** A tree in arrays, as its file has it. */
export type GrownTree = { [Part in keyof RegressionTree]: number[] }

export interface TreeOptions {
  maxDepth: number
  /** Fewest rows, by weight, on either side of a split. */
  minRows: number
  /** Which features a split may look at. */
  candidates: () => readonly number[]
}

/** Rows as columns of bins, so that a split is found by counting. */
export interface BinnedRows {
  /** `bins[feature][row]`: how many of the feature's edges lie below the row's value. */
  bins: Uint8Array[]
  /** Ascending; rows at most an edge go left of it. */
  edges: number[][]
  count: number
}

const MAX_EDGES = 32

/** Cuts every feature at values that occur, at most 32 of them, evenly by rank. */
export function binned(rows: readonly number[][]): BinnedRows {
  const features = rows[0]?.length ?? 0
  const edges: number[][] = []
  const bins: Uint8Array[] = []
  for (let feature = 0; feature < features; feature += 1) {
    const distinct = [...new Set(rows.map((row) => row[feature] as number))].sort((a, b) => a - b)
    // The largest value separates nothing. Thresholds are rounded up, so that the file reads the same everywhere.
    const step = Math.max(1, (distinct.length - 1) / MAX_EDGES)
    const own: number[] = []
    for (let at = 0; at < distinct.length - 1; at += step) {
      const edge = Math.ceil((distinct[Math.floor(at)] as number) * 1e4) / 1e4
      if (edge > (own.at(-1) ?? Number.NEGATIVE_INFINITY)) own.push(edge)
    }
    edges.push(own)
    bins.push(Uint8Array.from(rows, (row) => own.filter((edge) => edge < (row[feature] as number)).length))
  }
  return { bins, edges, count: rows.length }
}

interface Split {
  feature: number
  bin: number
  gain: number
  left: number
  right: number
}

/**
 * Grows a regression tree that minimises squared error and never falls as a feature rises: a split whose right side would be worth less
 * than its left is not made, and what lies below a split stays on its side of the split's middle (as XGBoost's monotone constraints do).
 * @param targets one a row. @param weights one a row.
 */
export function growTree(
  { bins, edges }: BinnedRows,
  rows: readonly number[],
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
  { maxDepth, minRows, candidates }: TreeOptions,
): GrownTree {
  const tree: GrownTree = { feature: [], threshold: [], left: [], right: [], value: [] }
  grow(rows, 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  return tree

  function grow(members: readonly number[], depth: number, low: number, high: number): number {
    const node = tree.feature.length
    const value = clamp(meanOf(members), low, high)
    tree.feature.push(-1)
    tree.threshold.push(0)
    tree.left.push(0)
    tree.right.push(0)
    tree.value.push(value)
    const split = depth < maxDepth ? bestSplit(members, low, high) : null
    if (!split) return node
    const column = bins[split.feature] as Uint8Array
    const middle = (split.left + split.right) / 2
    tree.feature[node] = split.feature
    tree.threshold[node] = edges[split.feature]?.[split.bin] ?? 0
    const goesLeft = (row: number) => (column[row] as number) <= split.bin
    tree.left[node] = grow(members.filter(goesLeft), depth + 1, low, middle)
    tree.right[node] = grow(
      members.filter((row) => !goesLeft(row)),
      depth + 1,
      middle,
      high,
    )
    return node
  }

  function bestSplit(members: readonly number[], low: number, high: number): Split | null {
    let best: Split | null = null
    for (const feature of candidates()) {
      const column = bins[feature] as Uint8Array
      const cuts = edges[feature]?.length ?? 0
      if (cuts === 0) continue
      const sums = new Float64Array(cuts + 1)
      const sizes = new Float64Array(cuts + 1)
      let total = 0
      let size = 0
      for (const row of members) {
        const bin = column[row] as number
        const weight = weights[row] as number
        const worth = weight * (targets[row] as number)
        sums[bin] = (sums[bin] as number) + worth
        sizes[bin] = (sizes[bin] as number) + weight
        total += worth
        size += weight
      }
      let sum = 0
      let rowsLeft = 0
      for (let bin = 0; bin < cuts; bin += 1) {
        sum += sums[bin] as number
        rowsLeft += sizes[bin] as number
        const rowsRight = size - rowsLeft
        if (rowsLeft < minRows || rowsRight < minRows) continue
        const left = clamp(sum / rowsLeft, low, high)
        const right = clamp((total - sum) / rowsRight, low, high)
        const gain = (sum * sum) / rowsLeft + (total - sum) ** 2 / rowsRight - (total * total) / size
        if (left < right && gain > (best?.gain ?? 1e-9)) best = { feature, bin, gain, left, right }
      }
    }
    return best
  }

  function meanOf(members: readonly number[]): number {
    let sum = 0
    let size = 0
    for (const row of members) {
      sum += (weights[row] as number) * (targets[row] as number)
      size += weights[row] as number
    }
    return size === 0 ? 0 : sum / size
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
