/** Good and all events of some time. */
export interface Counts {
  good: number
  total: number
}

/** All rows together. */
export function sumOf(rows: readonly Counts[]): Counts {
  return rows.reduce((sum, { good, total }) => ({ good: sum.good + good, total: sum.total + total }), {
    good: 0,
    total: 0,
  })
}

export function badOf({ good, total }: Counts): number {
  return total - good
}

/** Null without events. */
export function shareOf(part: number, total: number): number | null {
  return total === 0 ? null : part / total
}
