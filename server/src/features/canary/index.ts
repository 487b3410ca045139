export { createCanaryModule } from './module.js'
export type { CanaryTokens } from './tokens.js'
export { createVisitBudget, type VisitBudget } from './visit-budget.js'
