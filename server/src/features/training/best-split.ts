import type { BinnedRows } from './binned-rows.js'
import { clamp, type ValueRange } from './value-range.js'

/** What a tree learns, one of each a row. */
export interface WeightedTargets {
  targets: ArrayLike<number>
  weights: ArrayLike<number>
}

/** Rows whose bin of the feature is at most `bin` go left. */
export interface Split {
  feature: number
  bin: number
  /** By how much it lowers the squared error. */
  gain: number
  /** The mean targets of the sides. */
  left: number
  right: number
}

export interface SplitOptions {
  /** Fewest rows, by weight, on either side. */
  minRows: number
  /** In which both sides stay. */
  range: ValueRange
  /** Which features may be split. */
  candidates: readonly number[]
}

/** Splits that gain less are noise of rounding. */
const MIN_GAIN = 1e-9

/** The split of some rows that lowers the squared error most and rises from left to right; null when there is none. */
export function bestSplit(
  { bins, edges }: BinnedRows,
  lesson: WeightedTargets,
  members: readonly number[],
  { minRows, range, candidates }: SplitOptions,
): Split | null {
  let best: Split | null = null
  let gainToBeat = MIN_GAIN
  for (const feature of candidates) {
    const cuts = edges[feature]?.length ?? 0
    if (cuts === 0) continue
    const histogram = histogramOf(bins[feature] as Uint8Array, cuts, lesson, members)
    const split = bestCut(histogram, minRows, range, gainToBeat, feature)
    if (!split) continue
    best = split
    gainToBeat = split.gain
  }
  return best
}

/** Targets and weights of rows by the bin of one feature. */
interface Histogram {
  sums: Float64Array
  sizes: Float64Array
  total: number
  size: number
}

function histogramOf(
  column: Uint8Array,
  cuts: number,
  { targets, weights }: WeightedTargets,
  members: readonly number[],
): Histogram {
  const sums = new Float64Array(cuts + 1)
  const sizes = new Float64Array(cuts + 1)
  let total = 0
  let size = 0
  for (const row of members) {
    const bin = column[row] as number
    const weight = weights[row] as number
    const weighted = weight * (targets[row] as number)
    sums[bin] = (sums[bin] as number) + weighted
    sizes[bin] = (sizes[bin] as number) + weight
    total += weighted
    size += weight
  }
  return { sums, sizes, total, size }
}

/** Scans the cuts between bins from left to right; null when none gains more than `gainToBeat`. */
function bestCut(
  { sums, sizes, total, size }: Histogram,
  minRows: number,
  range: ValueRange,
  gainToBeat: number,
  feature: number,
): Split | null {
  let best: Split | null = null
  let sum = 0
  let rowsLeft = 0
  for (let bin = 0; bin < sums.length - 1; bin += 1) {
    sum += sums[bin] as number
    rowsLeft += sizes[bin] as number
    const rowsRight = size - rowsLeft
    if (rowsLeft < minRows || rowsRight < minRows) continue
    const left = clamp(sum / rowsLeft, range)
    const right = clamp((total - sum) / rowsRight, range)
    const gain = (sum * sum) / rowsLeft + (total - sum) ** 2 / rowsRight - (total * total) / size
    if (left < right && gain > (best?.gain ?? gainToBeat)) best = { feature, bin, gain, left, right }
  }
  return best
}
