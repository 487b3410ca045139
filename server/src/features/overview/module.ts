import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { dashboardRoutes } from './routes.js'
import { createDashboardReader } from './store.js'

/** The numbers of the last hours: totals, timeline, busiest attackers, ATT&CK matrix. */
export function createOverviewModule({ database, now }: Pick<ModuleContext, 'database' | 'now'>): Module {
  const dashboard = createDashboardReader(database.app)
  return {
    async routes(app) {
      await app.register(dashboardRoutes, { dashboard, now })
    },
  }
}
