import type { BurnSignal } from './burn-signal.js'
import type { Firing } from './history-store.js'
import type { OpsRule } from './rules.js'
import type { OperationsStore } from './store.js'

/** Beyond the longest time that any condition looks back. */
const LONGEST_OUTAGE_AGE_MS = 2 * 24 * 3_600_000
const MINUTE_MS = 60_000

/**
 * Whether a condition is what an outage left behind, although the outage is over: what inhibits the rule fired inside the time that the
 * condition looks at. What goes on by itself holds after that time, too, and is notified then.
 */
export function createOutageExplanation(
  burn: Pick<BurnSignal, 'isExplainedBy'>,
  store: Pick<OperationsStore, 'firings'>,
): (rule: OpsRule, at: number) => Promise<boolean> {
  const outagesOf = ({ inhibited_by }: OpsRule, at: number): Promise<Firing[]> =>
    store.firings(inhibited_by, new Date(at - LONGEST_OUTAGE_AGE_MS))

  return async (rule, at) => {
    const { signal, inhibited_by } = rule
    if (inhibited_by.length === 0) return false
    switch (signal.kind) {
      case 'burn_rate':
        return burn.isExplainedBy(signal.objective, await outagesOf(rule, at), at)
      case 'failed_share':
      case 'latency_quantile': {
        // Each of these minutes must be over the threshold, so one that the outage explains is enough; the minute of its first failure
        // began before it was noticed.
        const from = at - (at % MINUTE_MS) - signal.minutes * MINUTE_MS
        return (await outagesOf(rule, at)).some(({ to }) => to + MINUTE_MS > from)
      }
      default:
        return false
    }
  }
}
