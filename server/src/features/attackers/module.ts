import type { AttackerDetail } from '@eviltwin/contract'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { attackerRoutes } from './routes.js'
import { createAttackerReader } from './store.js'

export interface AttackersModuleOptions extends Pick<ModuleContext, 'database'> {
  /** Where an address is from, and in whose network. */
  locate: (ip: string) => AttackerDetail['geo']
}

/** Profiles of source addresses, and their score. */
export function createAttackersModule({ database, locate }: AttackersModuleOptions): Module {
  return {
    async routes(app) {
      await app.register(attackerRoutes, { attackers: createAttackerReader(database.app, locate) })
    },
  }
}
