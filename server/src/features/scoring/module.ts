import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { TacticModelFile } from './commands/tactic-model.js'
import { startScoringService } from './models/scoring-service.js'
import { scoringRoutes } from './routes.js'
import type { Scorer } from './scorer.js'
import { createScoringStore } from './store.js'

/** What scores sessions: the trained model, or rules while it is missing. */
export interface ScoringModule extends Module {
  scorer: Scorer
  isModelLoaded(): boolean
  /** Null: rules say what commands are for. */
  tacticModel(): TacticModelFile | null
}

export async function createScoringModule({
  config,
  database,
  log,
  now,
  isLeader,
}: Pick<ModuleContext, 'config' | 'database' | 'log' | 'now' | 'isLeader'>): Promise<ScoringModule> {
  const service = await startScoringService({
    store: createScoringStore(database.maintenance),
    logging: log.logging,
    now,
    isLeader,
    threatModelFile: config.THREAT_MODEL_FILE,
  })
  return {
    scorer: service.scorer,
    isModelLoaded: service.isModelLoaded,
    tacticModel: service.tacticModel,
    async routes(app) {
      await app.register(scoringRoutes, { scoring: service })
    },
    gauges({ gauge, labelled }) {
      gauge(
        {
          name: 'eviltwin.scoring.model.loaded',
          across: 'min',
          description: '1 while a trained model scores',
        },
        () => (service.isModelLoaded() ? 1 : 0),
      )
      labelled(
        {
          name: 'eviltwin.scoring.drift.psi',
          description: 'Population stability index of the last day against training; 0.25 and more is drift',
        },
        () => {
          const drift = service.lastDrift()
          if (!drift) return []
          return [
            [drift.level_psi, { of: 'levels' }] as const,
            ...drift.features.map(({ name, psi }) => [psi, { of: name }] as const),
          ]
        },
      )
    },
    stop: service.stop,
  }
}
