import type { DirectAttempt } from './fallback-notifier.js'

/**
 * Firings that a channel could not be sent without the outbox: what took the database may have taken the network, too, and come back
 * sooner. They are sent again for as long as they fire.
 */
export interface FailedFirings {
  /** Remembers the last firing of each rule and channel that failed, and forgets those of rules that are over. */
  note(attempts: readonly DirectAttempt[]): void
  /** Sends once more, at most every half minute. @returns what was delivered now; what failed again is kept. */
  retry(): Promise<DirectAttempt[]>
}

const PAUSE_MS = 30_000

/** @param sendAgain one attempt each. @param now milliseconds since the epoch. */
export function createFailedFirings(
  sendAgain: (failed: readonly DirectAttempt[]) => Promise<readonly DirectAttempt[]>,
  now: () => number,
): FailedFirings {
  let failed: readonly DirectAttempt[] = []
  let triedAt = Number.NEGATIVE_INFINITY
  return {
    note(attempts) {
      for (const attempt of attempts) {
        const { notification } = attempt
        if (notification.kind !== 'operational_alert') continue
        const isOver = notification.status === 'resolved'
        failed = failed.filter(
          (known) =>
            ruleOf(known) !== notification.rule || !(isOver || known.channel.id === attempt.channel.id),
        )
        if (!isOver && attempt.outcome === 'failed') failed = [...failed, attempt]
      }
      triedAt = now()
    },
    async retry() {
      if (failed.length === 0 || now() - triedAt < PAUSE_MS) return []
      const attempts = await sendAgain(failed)
      failed = attempts.filter(({ outcome }) => outcome === 'failed')
      triedAt = now()
      return attempts.filter(({ outcome }) => outcome === 'delivered')
    },
  }
}

function ruleOf({ notification }: DirectAttempt): string | null {
  return notification.kind === 'operational_alert' ? notification.rule : null
}
