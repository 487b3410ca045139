import type { SloStatus } from '@eviltwin/contract'
import { burnWindows, type Objective, type SloReader } from '../slo/index.js'
import type { Firing } from './history-store.js'
import { rankOf } from './severity.js'

/** How the error budgets burn. */
export interface BurnSignal {
  /** Rank of the severity of the worst window that burns, 0 when none does; see severity.ts. */
  worstRank(objective: string, now: number): Promise<number>
  /** The windows that burn, in words; null when none does. */
  describe(objective: string, now: number): Promise<string | null>
  /**
   * Whether the worst window that burns still has one of the outages inside its short window: then the outage explains it. A burn that
   * goes on after the outage shows in the short window that begins after it.
   */
  isExplainedBy(objective: string, outages: readonly Firing[], now: number): Promise<boolean>
}

const MINUTE_MS = 60_000

/** @param slos evaluated once a minute, for all rules together: burn rates are of minutes. */
export function createBurnSignal(slos: Pick<SloReader, 'list' | 'objectives'>): BurnSignal {
  let latest: { minute: number; statuses: Promise<SloStatus[]> } | null = null

  async function statuses(now: number): Promise<SloStatus[]> {
    const minute = Math.floor(now / MINUTE_MS)
    if (latest?.minute !== minute) latest = { minute, statuses: slos.list() }
    return latest.statuses.catch((error: unknown) => {
      latest = null
      throw error
    })
  }

  async function burning(id: string, now: number) {
    const objective = slos.objectives.find((candidate) => candidate.id === id)
    const status = (await statuses(now)).find((candidate) => candidate.id === id)
    if (!objective || !status) return []
    return withShortMinutes(objective, status.burn_alerts)
      .filter(({ firing }) => firing)
      .sort((a, b) => rankOf(b.severity) - rankOf(a.severity))
  }

  return {
    worstRank: async (id, now) => rankOf((await burning(id, now))[0]?.severity ?? null),
    async describe(id, now) {
      const windows = await burning(id, now)
      if (windows.length === 0) return null
      const words = windows.map(
        ({ long_window, short_window, long_rate, factor }) =>
          `${long_window} and ${short_window} (${(long_rate ?? 0).toFixed(1)} times, more than ${factor})`,
      )
      return `Covers: ${words.join('; ')}.`
    },
    async isExplainedBy(id, outages, now) {
      const [worst] = await burning(id, now)
      if (!worst) return false
      // Counts are of whole minutes, and the minute of the first failure began before it was noticed.
      const from = now - (now % MINUTE_MS) - worst.shortMinutes * MINUTE_MS
      return outages.some(({ to }) => to + MINUTE_MS > from)
    },
  }
}

function withShortMinutes({ windowMinutes, target }: Objective, alerts: SloStatus['burn_alerts']) {
  const windows = burnWindows(windowMinutes, target)
  return alerts.map((alert, n) => ({ ...alert, shortMinutes: windows[n]?.shortMinutes ?? 0 }))
}
