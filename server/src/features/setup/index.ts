export { createSetupModule } from './module.js'
