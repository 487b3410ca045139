import type { Logger } from '../../platform/logger.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { APPLIED_AT_ONCE, type PendingTotalsStore } from './totals-store.js'

/** Adds up the totals that commits left as rows of their own; see docs/decisions/0025. */
export interface PendingTotals {
  /** Applies what this process should apply now. */
  turn(): Promise<void>
  /** Why dashboards show less than is stored, if they do, in words that anybody may read. */
  problems(): string[]
  registerGauges(gauges: GaugeRegistry): void
  start(): void
  /** Applies what is left. */
  stop(): Promise<void>
}

export interface PendingTotalsOptions {
  store: PendingTotalsStore
  isLeader: () => boolean
  log: Logger
}

/** With the time that a turn takes, what is stored is in all totals within a second. */
const PAUSE_MS = 250
/** Who does not lead applies what the leader has not for so long: it hangs, has just ended, or is of a release that knows no pending totals. */
const LEADER_SECONDS = 1
/** Totals that wait longer than this are a problem. */
const LATE_SECONDS = 10
/** What is left after so many statements waits for the next turn. */
const STATEMENTS_A_TURN = 40

export function createPendingTotals({ store, isLeader, log }: PendingTotalsOptions): PendingTotals {
  let age: number | null = null
  let isFailing = false
  let poller: Poller | null = null

  async function turn(): Promise<void> {
    const oldest = await store.oldestAge()
    age = oldest ?? 0
    if (oldest !== null && (isLeader() || oldest >= LEADER_SECONDS)) await applyAll()
    if (isFailing) log.info('Totals are added up again')
    isFailing = false
  }

  async function applyAll(): Promise<void> {
    for (let statement = 0; statement < STATEMENTS_A_TURN; statement += 1)
      if ((await store.apply()) < APPLIED_AT_ONCE) return
  }

  /** Says once that it fails: a turn comes four times a second. */
  function noteFailure(error: unknown): void {
    if (!isFailing) log.warning('Totals wait to be added up', { cause: (error as Error).message })
    isFailing = true
  }

  return {
    turn,
    problems: () =>
      age !== null && age > LATE_SECONDS
        ? ['totals of stored events have not been added up for a while']
        : [],
    registerGauges: ({ gauge }) =>
      gauge(
        {
          name: 'eviltwin.ingest.pending_totals.age',
          unit: 's',
          description: 'How long the totals of a commit have waited to be added up',
        },
        () => age,
      ),
    start() {
      poller = createPoller({ work: turn, pauseMs: PAUSE_MS, onError: noteFailure })
    },
    async stop() {
      await poller?.stop()
      await applyAll().catch(noteFailure)
    },
  }
}
