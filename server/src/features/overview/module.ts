import { createPoller, oncePerMinute } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { dashboardRoutes } from './routes.js'
import { createDashboardReader } from './store.js'

/** The busiest attackers, few because each is a series of the metrics. */
const TOP_ATTACKERS = 20

/** The numbers of the last hours: totals, timeline, busiest attackers, ATT&CK matrix. */
export function createOverviewModule({
  config,
  database,
  now,
}: Pick<ModuleContext, 'config' | 'database' | 'now'>): Module {
  const dashboard = createDashboardReader(database.app)
  let topAttackers: ReadonlyArray<{ source_ip: string; events: number }> = []
  let refresher: ReturnType<typeof createPoller> | null = null
  return {
    async routes(app) {
      await app.register(dashboardRoutes, { dashboard, now })
    },
    gauges({ labelled }) {
      labelled(
        {
          name: 'eviltwin.top_attacker.events',
          description: `Events of the ${TOP_ATTACKERS} busiest attackers of the last 24 hours`,
        },
        () => topAttackers.map(({ source_ip, events }) => [events, { source_ip }] as const),
      )
    },
    start() {
      refresher = createPoller({
        work: oncePerMinute(now, async () => {
          const busiest = { hours: 24, limit: TOP_ATTACKERS, by: 'events' } as const
          topAttackers = (await dashboard.topAttackers(new Date(now()), busiest)).items
        }),
        pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
        // The gauge keeps what was last read; the database is watched elsewhere.
        onError: () => {},
      })
    },
    async stop() {
      await refresher?.stop()
    },
  }
}
