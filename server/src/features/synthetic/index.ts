export { createSyntheticModule, openExpectedRuns } from './module.js'
