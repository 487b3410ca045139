import { PayloadTooLargeError } from '../../platform/errors.js'

export interface DecodeOptions {
  /** No more than this is ever produced. */
  maxBytes: number
  /** Counts bytes as they appear; negative ones are given back. What it throws ends the work. */
  hold: (bytes: number) => void
}

export function decompressedTooLarge(maxBytes: number): PayloadTooLargeError {
  return new PayloadTooLargeError(
    `the body is larger than ${maxBytes} bytes when decompressed; send less at once, or raise INGEST_MAX_DECOMPRESSED_BYTES`,
  )
}
