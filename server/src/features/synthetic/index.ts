export { createChannelTestModule } from './channel-test/module.js'
export { createSyntheticModule, openExpectedRuns } from './module.js'
