export { createOverviewModule } from './module.js'
