export { encodeBlock } from './block-format.js'
export { createPacker } from './packer.js'
export { createPackingStore } from './packing-store.js'
export { type StoredEvent, TEXT_REFERENCE, withTexts } from './reader-store.js'
