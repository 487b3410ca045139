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
