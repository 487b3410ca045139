import type { Drift } from '@eviltwin/contract'
import { timestampOf } from '../../../domain/timestamp.js'
import type { Logger } from '../../../platform/logger.js'
import { driftOf, MINIMUM_SESSIONS } from '../drift.js'
import { featureVector } from '../features.js'
import type { ScoringStore } from '../store.js'
import type { ThreatModelFile } from '../threat-model.js'

/** How far the sessions of the last day are from those that the model was trained on. */
export interface DriftMonitor {
  /** At most a minute old; null without a model, or when there are too few sessions. */
  current(): Promise<Drift | null>
  /** The last that was worked out; null before. */
  last(): Drift | null
}

export interface DriftMonitorOptions {
  store: Pick<ScoringStore, 'newest'>
  model: () => ThreatModelFile | null
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
}

const DRIFT_AGE_MS = 60_000
const DAY_MS = 86_400_000
const DRIFT_SESSIONS = 2_000

/** Warns once when drift begins. */
export function createDriftMonitor({ store, model, log, now }: DriftMonitorOptions): DriftMonitor {
  let drift: { at: number; value: Drift | null } = { at: Number.NEGATIVE_INFINITY, value: null }

  return {
    last: () => drift.value,
    async current() {
      if (now() - drift.at < DRIFT_AGE_MS) return drift.value
      const file = model()
      const value = file ? await measureDrift(file, store, now()) : null
      if (value?.verdict === 'drifted' && drift.value?.verdict !== 'drifted') warnOfDrift(value, log)
      drift = { at: now(), value }
      return value
    },
  }
}

async function measureDrift(
  file: ThreatModelFile,
  store: DriftMonitorOptions['store'],
  until: number,
): Promise<Drift | null> {
  const since = until - DAY_MS
  const sessions = await store.newest(new Date(since), DRIFT_SESSIONS)
  if (sessions.length < MINIMUM_SESSIONS) return null
  const rows = sessions.map((session) => featureVector(session))
  return {
    since: timestampOf(since),
    ...driftOf(
      file,
      rows,
      sessions.map(({ threat_level }) => threat_level),
    ),
  }
}

function warnOfDrift({ level_psi, features }: Drift, log: Logger): void {
  const [feature] = features
  log.warning('Scoring drifted', { level_psi, feature: feature?.name, psi: feature?.psi })
}
