/** Share of the interval by which an attack comes earlier or later, so that nobody recognizes it by its time. */
const JITTER = 0.2

/** When the next attack on a target is due. Pure. @param random 0 (included) to 1. @returns milliseconds since the epoch. */
export function nextAttackAt(now: number, intervalSeconds: number, random: number): number {
  return Math.round(now + intervalSeconds * 1000 * (1 - JITTER + 2 * JITTER * random))
}
