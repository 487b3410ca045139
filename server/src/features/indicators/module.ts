import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { SessionReader } from '../sessions/index.js'
import { createIndicators } from './indicators.js'
import { feedRoutes } from './routes.js'
import { createIndicatorStore } from './store.js'

export interface IndicatorsModuleOptions extends Pick<ModuleContext, 'database' | 'now'> {
  sessions: SessionReader
}

/** What others may look for or block, as feeds. */
export function createIndicatorsModule({ database, now, sessions }: IndicatorsModuleOptions): Module {
  return {
    async routes(app) {
      const indicators = createIndicators({ sessions, store: createIndicatorStore(database.app), now })
      await app.register(feedRoutes, { indicators, now })
    },
  }
}
