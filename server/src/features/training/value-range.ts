/** Between what a value has to stay; either end may be infinite. */
export interface ValueRange {
  low: number
  high: number
}

/** The value of the range that is nearest to `value`. */
export function clamp(value: number, { low, high }: ValueRange): number {
  return Math.min(high, Math.max(low, value))
}
