import type { Logger } from '../../../platform/logger.js'
import type { Scorer } from '../scorer.js'
import type { ScoringStore } from '../store.js'
import { rescoreSessions } from './rescoring.js'

/** When stored sessions are scored again. */
export interface RescoringSchedule {
  /** Rescores where it is due. @param scorer the model's; null while there is none. */
  rescoreIfDue(scorer: Scorer | null): Promise<void>
  /** A rescoring under way ends after its batch. */
  stop(): void
}

export interface RescoringScheduleOptions {
  store: ScoringStore
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
  /** Whether this replica is the one that scores stored sessions again. */
  isLeader: () => boolean
}

/** How often what rules scored meanwhile (a replayed quarantine, a model that threw) is looked for. */
const RESCORING_MS = 3_600_000

/** On the leader: for every new model at once, and then once an hour. */
export function createRescoringSchedule(options: RescoringScheduleOptions): RescoringSchedule {
  const { store, log, now, isLeader } = options
  let stopped = false
  let lastRescoredBy = ''
  let lastRescoredAt = Number.NEGATIVE_INFINITY

  return {
    async rescoreIfDue(scorer) {
      // Without a model nothing is scored again: the score of a model is better than that of the rules.
      if (!scorer) {
        lastRescoredBy = ''
        return
      }
      const { name } = scorer
      if (!isLeader() || (lastRescoredBy === name && now() - lastRescoredAt < RESCORING_MS)) return
      await rescoreSessions(scorer, { store, log, isOver: () => stopped })
      lastRescoredBy = name
      lastRescoredAt = now()
    },
    stop() {
      stopped = true
    },
  }
}
