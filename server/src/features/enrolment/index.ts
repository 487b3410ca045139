export { type KeptKey, keepKey } from './kept-key.js'
export { createEnrolmentModule } from './module.js'
