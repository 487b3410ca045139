import { v7 as uuidV7 } from 'uuid'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createSeal } from '../../platform/seal.js'
import type { Ingest, ReadLimits } from '../ingest/index.js'
import { createCanaryIntake } from './canary-intake.js'
import { canaryRoutes } from './routes.js'
import { createCanaryTokenStore } from './store.js'
import { createCanaryTokens } from './tokens.js'

export interface CanaryModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'> {
  ingest: Ingest
  limits: ReadLimits
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

/** Canary tokens, and every way in which a touch of one is reported. */
export function createCanaryModule(options: CanaryModuleOptions): Module {
  const { config, database, events, now, ingest, limits, storageProblem } = options
  const log = options.log.logging('backend.routers.canary')
  const tokens = createCanaryTokens({
    store: createCanaryTokenStore(database.app),
    seal: createSeal(config.SECRET_KEY),
    publicUrl: config.PUBLIC_URL,
    canaryUrl: config.CANARY_URL,
    now,
  })
  const intake = createCanaryIntake({
    ingest,
    publish: events.publish,
    now,
    newId: uuidV7,
    limits,
    secret: config.CANARY_WEBHOOK_SECRET,
    toleranceSeconds: config.CANARY_WEBHOOK_TOLERANCE_SECONDS,
  })
  return {
    async routes(app) {
      await app.register(canaryRoutes, { tokens, intake, log, storageProblem })
    },
  }
}
