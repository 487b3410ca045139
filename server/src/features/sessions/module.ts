import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { TacticModelFile } from '../scoring/index.js'
import { sessionRoutes } from './routes.js'
import { createSessions } from './sessions.js'
import { createSessionReader, type SessionReader } from './store.js'

/** Sessions: lists, facets, details. */
export interface SessionsModule extends Module {
  reader: SessionReader
}

export interface SessionsModuleOptions extends Pick<ModuleContext, 'database' | 'now'> {
  tacticModel: () => TacticModelFile | null
}

export function createSessionsModule({ database, now, tacticModel }: SessionsModuleOptions): SessionsModule {
  const reader = createSessionReader(database.app, now)
  return {
    reader,
    async routes(app) {
      await app.register(sessionRoutes, { sessions: createSessions({ reader, tacticModel }) })
    },
  }
}
