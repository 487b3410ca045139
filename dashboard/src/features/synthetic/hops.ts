import type { SyntheticRun } from '@eviltwin/contract'

/** One hop of an attack on its way to a person. */
export interface Hop {
  name: string
  /** Milliseconds since the attack; null: it did not get there. */
  at: number | null
  /** Milliseconds since the hop before that it got to; null where it did not get there. */
  took: number | null
}

const HOPS = [
  ['Attack', 'attacked_at'],
  ['Received', 'received_at'],
  ['Durable', 'durable_at'],
  ['Scored', 'scored_at'],
  ['Alert raised', 'alerted_at'],
  ['Delivered', 'delivered_at'],
  ['Acknowledged', 'acknowledged_at'],
] as const satisfies ReadonlyArray<readonly [string, keyof SyntheticRun]>

/** The hops of an attack in the order in which it got to them, then those that it did not get to. */
export function hopsOf(run: SyntheticRun): Hop[] {
  const began = run.attacked_at === null ? null : Date.parse(run.attacked_at)
  const known = HOPS.map(([name, field]) => {
    const at = run[field]
    // The clock of a database and that of a server may differ by some milliseconds.
    return { name, at: at === null || began === null ? null : Math.max(0, Date.parse(at) - began) }
  })
  const reached = known.filter((hop) => hop.at !== null).sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
  const missing = known.filter((hop) => hop.at === null)
  return [...reached, ...missing].map(({ name, at }, index) => {
    const before = index === 0 ? 0 : (reached[index - 1]?.at ?? 0)
    return { name, at, took: at === null ? null : at - before }
  })
}

/** `4 ms`, `1.25 s`. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`
}
