export { readIocs } from './iocs.js'
export { createIndicatorsModule } from './module.js'
export { loadResearchScanners } from './never-block-lists.js'
