export { createSessionsModule } from './module.js'
export { hadEventSince, isActive, SHOWN_TECHNIQUES } from './session-filter-store.js'
export type { SessionReader } from './store.js'
