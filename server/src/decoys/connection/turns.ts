import { setImmediate as nextTurn } from 'node:timers/promises'

/** Lets others have a turn after each so many steps: of what arrives at once, no connection does everything before the others. */
export function createTurns(steps: number): () => Promise<void> {
  let done = 0
  return async () => {
    done += 1
    if (done % steps === 0) await nextTurn()
  }
}
