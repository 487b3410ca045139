export { createSessionsModule } from './module.js'
export { isActive } from './session-filter-store.js'
export type { SessionReader } from './store.js'
