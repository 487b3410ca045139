/** Fisher and Yates, by Durstenfeld (1964). In place. */
export function shuffle(items: number[], random: () => number): void {
  for (let n = items.length - 1; n > 0; n -= 1) {
    const other = Math.floor(random() * (n + 1))
    ;[items[n], items[other]] = [items[other] as number, items[n] as number]
  }
}

/** Mulberry32 (T. Ettinger, public domain): small, seeded, and the same everywhere. 0..1. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
