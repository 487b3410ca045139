export { createEnrolmentModule } from './module.js'
