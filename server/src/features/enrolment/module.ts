import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { ApiKeys } from '../auth/index.js'
import { createEnrolments } from './enrolments.js'
import { enrolmentRoutes } from './routes.js'
import { createEnrolmentStore } from './store.js'

export interface EnrolmentModuleOptions extends Pick<ModuleContext, 'database' | 'now'> {
  apiKeys: Pick<ApiKeys, 'create'>
}

/** The way of a new sensor into the platform. */
export function createEnrolmentModule({ database, now, apiKeys }: EnrolmentModuleOptions): Module {
  const enrolments = createEnrolments(createEnrolmentStore(database.app), apiKeys, now)
  return {
    async routes(app) {
      await app.register(enrolmentRoutes, { enrolments })
    },
  }
}
