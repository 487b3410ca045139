/** Characters that are read before other work of the event loop has its turn; a few milliseconds. */
export const CHARACTERS_A_TURN = 16_384

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Does long work in turns, between which requests and timers are served.
 * @param work yields what each step cost, in characters read; no step may cost much more than a turn.
 * @param wait ends a turn.
 */
export async function inTurns<Result>(
  work: Generator<number, Result>,
  wait: () => Promise<unknown> = nextTurn,
): Promise<Result> {
  let spent = 0
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    spent += step.value
    if (spent >= CHARACTERS_A_TURN) {
      await wait()
      spent = 0
    }
  }
}

/** Does the same work at once. */
export function atOnce<Result>(work: Generator<number, Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
