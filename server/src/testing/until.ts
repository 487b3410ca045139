import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until the answer is not null, undefined or false; the test's own time limit ends it. */
export async function until<Answer>(
  ask: () => Answer | null | undefined | false | Promise<Answer | null | undefined | false>,
): Promise<Answer> {
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    await sleep(20)
  }
}
