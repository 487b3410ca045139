/** A binary regression tree in parallel arrays, node 0 the root; a node whose feature is -1 is a leaf. */
export interface RegressionTree {
  readonly feature: ArrayLike<number>
  /** Rows whose feature is at most this go left. */
  readonly threshold: ArrayLike<number>
  readonly left: ArrayLike<number>
  readonly right: ArrayLike<number>
  /** What rows that reach the node are worth on average; that of the leaf counts. */
  readonly value: ArrayLike<number>
}

/** What a tree says of a row. */
export function valueAt(
  { feature, threshold, left, right, value }: RegressionTree,
  row: readonly number[],
): number {
  let node = 0
  for (let looked = feature[node] as number; looked >= 0; looked = feature[node] as number) {
    const goesLeft = (row[looked] as number) <= (threshold[node] as number)
    node = (goesLeft ? left[node] : right[node]) as number
  }
  return value[node] as number
}

/**
 * Adds to `contributions` what each feature changed on a row's way through a tree: the differences between the values of the nodes
 * passed (Saabas, "Interpreting random forests", 2014). With the root's value they add up to the leaf's.
 */
export function addContributions(
  { feature, threshold, left, right, value }: RegressionTree,
  row: readonly number[],
  contributions: Float64Array,
): void {
  let node = 0
  for (let looked = feature[node] as number; looked >= 0; looked = feature[node] as number) {
    const goesLeft = (row[looked] as number) <= (threshold[node] as number)
    const child = (goesLeft ? left[node] : right[node]) as number
    contributions[looked] =
      (contributions[looked] as number) + (value[child] as number) - (value[node] as number)
    node = child
  }
}

/** The same tree in typed arrays, which are walked several times faster. */
export function compiled({ feature, threshold, left, right, value }: RegressionTree): RegressionTree {
  return {
    feature: Int16Array.from(feature),
    threshold: Float64Array.from(threshold),
    left: Int16Array.from(left),
    right: Int16Array.from(right),
    value: Float64Array.from(value),
  }
}
