export { createCanaryModule } from './module.js'
export type { CanaryTokens } from './tokens.js'
