export { iocsOf } from './iocs.js'
export { createIndicatorsModule } from './module.js'
