import type { App } from '../../platform/http/types.js'
import { type CanaryCheckRouteOptions, canaryCheckRoutes } from './check-routes.js'
import { type CanaryHookRouteOptions, canaryHookRoutes } from './hook-routes.js'
import { type CanaryTokenRouteOptions, canaryTokenRoutes } from './token-routes.js'
import { type CanaryVisitRouteOptions, canaryVisitRoutes } from './visit-routes.js'

export interface CanaryRouteOptions
  extends CanaryTokenRouteOptions,
    CanaryCheckRouteOptions,
    CanaryHookRouteOptions,
    CanaryVisitRouteOptions {}

/** Canary tokens: managed by people, touched by intruders, reported by other systems. */
export async function canaryRoutes(app: App, options: CanaryRouteOptions): Promise<void> {
  await app.register(canaryTokenRoutes, options)
  await app.register(canaryCheckRoutes, options)
  await app.register(canaryHookRoutes, options)
  await app.register(canaryVisitRoutes, { ...options, prefix: '/c' })
}
