/** Work that has begun and has not ended: what a stop waits for, and what a limit counts. */
export interface UnderWay {
  /** Counts work until it ends. Whoever began it handles its failure. */
  add(work: Promise<unknown>): void
  count(): number
  /** Resolves once nothing is under way, also nothing that began meanwhile. */
  settled(): Promise<void>
}

export function createUnderWay(): UnderWay {
  const open = new Set<Promise<void>>()
  return {
    add(work) {
      const ended: Promise<void> = work.then(
        () => void open.delete(ended),
        () => void open.delete(ended),
      )
      open.add(ended)
    },
    count: () => open.size,
    async settled() {
      while (open.size > 0) await Promise.all(open)
    },
  }
}
