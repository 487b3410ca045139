export { createCanaryModule } from './module.js'
