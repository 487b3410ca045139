import type { Drift, ScoringStatus } from '@eviltwin/contract'
import { timestampOf } from '../../../domain/timestamp.js'
import type { Logging } from '../../../platform/logger.js'
import { createPoller } from '../../../platform/poller.js'
import { TacticModelFile } from '../commands/tactic-model.js'
import { driftOf, MINIMUM_SESSIONS } from '../drift.js'
import { featureVector } from '../features.js'
import { createModelScorer } from '../model-scorer.js'
import { createRuleScorer } from '../rules.js'
import { safeScorer } from '../safe-scorer.js'
import type { Scorer } from '../scorer.js'
import type { ScoringStore } from '../store.js'
import { parseThreatModel, type ThreatModelFile } from '../threat-model.js'
import { TACTIC_MODEL, THREAT_MODEL, watchModelFile } from './model-file.js'
import { rescoreSessions } from './rescoring.js'

/** What judges: the models as long as they are there, rules when they are not. */
export interface Judging {
  scorer: Scorer
  isModelLoaded(): boolean
  tacticModel(): TacticModelFile | null
  status(): Promise<ScoringStatus>
  /** The last drift that was worked out; null before, or without a model. */
  lastDrift(): Drift | null
  stop(): Promise<void>
}

export interface JudgingOptions {
  store: ScoringStore
  logging: Logging
  now: () => number
  /** Whether this replica is the one that judges stored sessions again. */
  isLeader: () => boolean
  /** Undefined: the model that ships. */
  threatModelFile: string | undefined
}

const LOOK_MS = 2_000
const DRIFT_AGE_MS = 60_000
/** How often what rules judged meanwhile (a replayed quarantine, a model that threw) is looked for. */
const HEAL_MS = 3_600_000
const DAY_MS = 86_400_000
const DRIFT_SESSIONS = 2_000

/** Resolves once the models were looked for, found or not. */
export async function startJudging(options: JudgingOptions): Promise<Judging> {
  const { store, logging, now, isLeader } = options
  const log = logging('backend.services.threat_scorer')
  const threatFile = watchModelFile({
    path: options.threatModelFile ?? THREAT_MODEL,
    parse: (text) => {
      const file = parseThreatModel(text)
      return { file, scorer: createModelScorer(file) }
    },
    name: 'threat',
    log,
  })
  const tacticFile = watchModelFile({
    path: TACTIC_MODEL,
    parse: (text) => TacticModelFile.parse(JSON.parse(text)),
    name: 'tactics',
    log,
  })
  const scorer = safeScorer(
    () => threatFile.current()?.scorer ?? null,
    createRuleScorer(),
    (error) => log.error('Scoring failed', { cause: (error as Error).message }),
  )
  let stopped = false
  let healed = { by: '', at: Number.NEGATIVE_INFINITY }
  let drift: { at: number; value: Drift | null } = { at: Number.NEGATIVE_INFINITY, value: null }

  async function look(): Promise<void> {
    await Promise.all([threatFile.refresh(), tacticFile.refresh()])
    const model = threatFile.current()
    // Without a model nothing is judged again: what a model once said is worth more than rules.
    if (!model) {
      healed.by = ''
      return
    }
    const { name } = model.scorer
    if (isLeader() && (healed.by !== name || now() - healed.at >= HEAL_MS)) {
      await rescoreSessions(model.scorer, { store, log, isOver: () => stopped })
      healed = { by: name, at: now() }
    }
    await currentDrift()
  }

  async function currentDrift(): Promise<Drift | null> {
    if (now() - drift.at < DRIFT_AGE_MS) return drift.value
    const model = threatFile.current()
    const value = model ? await measureDrift(model.file) : null
    if (value?.verdict === 'drifted' && drift.value?.verdict !== 'drifted') {
      const [feature] = value.features
      log.warning('Scoring drifted', {
        level_psi: value.level_psi,
        feature: feature?.name,
        psi: feature?.psi,
      })
    }
    drift = { at: now(), value }
    return value
  }

  async function measureDrift(file: ThreatModelFile): Promise<Drift | null> {
    const since = now() - DAY_MS
    const sessions = await store.newest(new Date(since), DRIFT_SESSIONS)
    if (sessions.length < MINIMUM_SESSIONS) return null
    const rows = sessions.map((session) => featureVector(session, session.history))
    return {
      since: timestampOf(since),
      ...driftOf(
        file,
        rows,
        sessions.map(({ threat_level }) => threat_level),
      ),
    }
  }

  await Promise.all([threatFile.refresh(), tacticFile.refresh()])
  const poller = createPoller({
    work: look,
    pauseMs: LOOK_MS,
    onError: (error) => log.warning('Looking after the models failed', { cause: (error as Error).message }),
  })

  return {
    scorer,
    isModelLoaded: () => threatFile.current() !== null,
    tacticModel: tacticFile.current,
    async status() {
      const model = threatFile.current()
      return {
        model_loaded: model !== null,
        scorer: scorer.name,
        trained_on: model?.file.trained_on ?? null,
        drift: model ? await currentDrift() : null,
      }
    },
    lastDrift: () => drift.value,
    async stop() {
      stopped = true
      await poller.stop()
    },
  }
}
