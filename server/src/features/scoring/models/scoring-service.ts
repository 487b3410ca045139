import type { Drift, ScoringStatus } from '@eviltwin/contract'
import type { Logging } from '../../../platform/logger.js'
import { createPoller } from '../../../platform/poller.js'
import type { TacticModelFile } from '../commands/tactic-model.js'
import { createRuleScorer } from '../rules.js'
import { safeScorer } from '../safe-scorer.js'
import type { Scorer } from '../scorer.js'
import type { ScoringStore } from '../store.js'
import { createDriftMonitor } from './drift-monitor.js'
import { createRescoringSchedule } from './rescoring-schedule.js'
import { watchScoringModels } from './scoring-models.js'

/** What scores sessions: the models as long as they are there, rules when they are not. */
export interface ScoringService {
  scorer: Scorer
  isModelLoaded(): boolean
  tacticModel(): TacticModelFile | null
  status(): Promise<ScoringStatus>
  /** The last drift that was worked out; null before, or without a model. */
  lastDrift(): Drift | null
  stop(): Promise<void>
}

export interface ScoringServiceOptions {
  store: ScoringStore
  logging: Logging
  now: () => number
  /** Whether this replica is the one that scores stored sessions again. */
  isLeader: () => boolean
  /** Undefined: the model that ships. */
  threatModelFile: string | undefined
}

const POLL_MS = 2_000

/** Resolves once the models were looked for, found or not. */
export async function startScoringService({
  store,
  logging,
  now,
  isLeader,
  threatModelFile,
}: ScoringServiceOptions): Promise<ScoringService> {
  const log = logging('backend.services.threat_scorer')
  const models = watchScoringModels(threatModelFile, log)
  const scorer = safeScorer(
    () => models.threat()?.scorer ?? null,
    createRuleScorer(),
    (error) => log.error('Scoring failed', { cause: (error as Error).message }),
  )
  const drift = createDriftMonitor({ store, model: () => models.threat()?.file ?? null, log, now })
  const rescoring = createRescoringSchedule({ store, log, now, isLeader })

  async function poll(): Promise<void> {
    await models.refresh()
    const model = models.threat()
    await rescoring.rescoreIfDue(model?.scorer ?? null)
    if (model) await drift.current()
  }

  await models.refresh()
  const poller = createPoller({
    work: poll,
    pauseMs: POLL_MS,
    onError: (error) => log.warning('Looking after the models failed', { cause: (error as Error).message }),
  })

  return {
    scorer,
    isModelLoaded: () => models.threat() !== null,
    tacticModel: models.tactics,
    async status() {
      const model = models.threat()
      return {
        model_loaded: model !== null,
        scorer: scorer.name,
        trained_on: model?.file.trained_on ?? null,
        drift: model ? await drift.current() : null,
      }
    },
    lastDrift: drift.last,
    async stop() {
      rescoring.stop()
      await poller.stop()
    },
  }
}
