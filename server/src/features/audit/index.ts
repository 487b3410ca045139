export { createAuditModule } from './module.js'
export type { AuditStore } from './store.js'
