export { readIocs } from './iocs.js'
export { createIndicatorsModule } from './module.js'
