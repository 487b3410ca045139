import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { setupRoutes } from './routes.js'
import { setupOf } from './steps.js'
import { createSetupStore, type SetupFact } from './store.js'

/** Which of the first steps of an installation are done. */
export function createSetupModule({
  config,
  database,
  events,
  log,
  now,
}: Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'>): Module {
  const store = createSetupStore(database.app)
  const setupLog = log.logging('backend.setup')
  const record = (fact: SetupFact) =>
    void store
      .record(fact, new Date(now()))
      .catch((error: Error) =>
        setupLog.warning('A first step cannot be noted', { fact, cause: error.message }),
      )
  events.subscribe({
    channel_tested: ({ delivered }) => {
      if (delivered) record('channel_tested')
    },
    heartbeat_answered: () => record('heartbeat_answered'),
  })
  const heartbeat = config.HEARTBEAT_URL !== undefined
  return {
    async routes(app) {
      await app.register(setupRoutes, {
        read: async () => setupOf({ facts: await store.read(), heartbeat, now: now() }),
      })
    },
  }
}
