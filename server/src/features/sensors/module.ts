import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { sensorRoutes } from './routes.js'
import { createSensorReader } from './store.js'

/** The sensors that sent events; their formats are in adapters/. */
export function createSensorsModule({ database, now }: Pick<ModuleContext, 'database' | 'now'>): Module {
  return {
    async routes(app) {
      await app.register(sensorRoutes, { sensors: createSensorReader(database.app), now })
    },
  }
}
