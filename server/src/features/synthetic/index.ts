export { createChannelTestModule } from './channel-test/module.js'
export type { ForgedMarkers } from './marker-store.js'
export { createSyntheticModule, openExpectedRuns } from './module.js'
export type { DecoysOfServer, StartedDecoy } from './started-decoys.js'
