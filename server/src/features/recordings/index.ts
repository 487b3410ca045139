export { createRecordingsModule } from './module.js'
