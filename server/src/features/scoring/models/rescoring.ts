import type { Logger } from '../../../platform/logger.js'
import { BEHAVIOURS_VERSION } from '../behaviours.js'
import type { Scorer } from '../scorer.js'
import type { Rescored, ScoredSession, ScoringStore } from '../store.js'
import { rereadBehaviours } from './reread-behaviours.js'

const BATCH = 500
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

export interface RescoringOptions {
  store: ScoringStore
  log: Logger
  /** Whether to stop early, between two batches. */
  isOver: () => boolean
}

/**
 * Scores every stored session again that another scorer scored (an earlier model, or the rules while there was none), or whose behaviours an
 * earlier version read. Raises no alert: it was raised when it happened. Interrupted, it goes on where it was when it runs again. @returns how many changed.
 */
export async function rescoreSessions(
  scorer: Scorer,
  { store, log, isOver }: RescoringOptions,
): Promise<number> {
  let rescored = 0
  let after = BEFORE_ALL
  for (;;) {
    const sessions = await store.scoredByOtherModel(scorer.name, BEHAVIOURS_VERSION, after, BATCH)
    const last = sessions.at(-1)
    if (!last || isOver()) break
    after = last.id
    const reread = await rereadBehaviours(sessions, store)
    rescored += await store.rescore(reread.map((session) => rescoredBy(scorer, session)))
  }
  if (rescored > 0) log.info('Sessions rescored', { sessions: rescored, scored_by: scorer.name })
  return rescored
}

function rescoredBy(scorer: Scorer, session: ScoredSession): Rescored {
  const { id, source_ip, version, threat_level: old_level } = session
  const { signals, techniques, unread_characters, behaviours_version } = session
  const { threat_score, threat_level, reasons, scorer: scoredBy } = scorer.score(session)
  return {
    id,
    source_ip,
    version,
    old_level,
    signals,
    techniques,
    unread_characters,
    behaviours_version,
    threat_score,
    threat_level,
    score_reasons: reasons,
    scorer: scoredBy,
  }
}
