export { isActive } from './active-sessions.js'
export { createSessionsModule } from './module.js'
export type { SessionReader } from './store.js'
