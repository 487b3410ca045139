import type { KeyBinding } from '../../domain/key-binding.js'
import type { RequestIds } from '../../domain/request-ids.js'

/** The key that records came with. */
export interface SenderKey {
  id: string
  /** Its first characters, by which people tell keys apart. */
  prefix: string
  /** Of which sensors it may send events. */
  binding: KeyBinding
}

/** By what way records came. */
export interface Origin {
  /** Null without a key (INGEST_AUTH=none): then the sender may speak for any sensor. */
  key: SenderKey | null
  ids: RequestIds & { trace_id: string }
  /** Milliseconds since the records began to arrive. */
  elapsedMs: () => number
}
