export { createRetentionModule } from './module.js'
