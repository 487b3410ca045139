export { createTriageModule } from './module.js'
