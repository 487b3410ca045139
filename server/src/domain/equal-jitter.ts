/**
 * A pause between half of `ceiling` and all of it ("equal jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog
 * 2015): whoever waited together does not come back together, and what is down gets its rest.
 * @param random from 0 to 1.
 */
export function equalJitter(ceiling: number, random: () => number = Math.random): number {
  return ceiling / 2 + (random() * ceiling) / 2
}
