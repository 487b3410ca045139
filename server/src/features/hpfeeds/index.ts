export { createHpfeedsModule } from './module.js'
