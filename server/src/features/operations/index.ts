export { loadRules } from './load-rules.js'
export { createOperationsModule, type OperationsModule } from './module.js'
export type { OpsRule } from './rules.js'
export type { OperationsStore } from './store.js'
