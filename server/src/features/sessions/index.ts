export { createSessionsModule } from './module.js'
export { hadEventSince, isActive } from './session-filter-store.js'
export type { SessionReader } from './store.js'
