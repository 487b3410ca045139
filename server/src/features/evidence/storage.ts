import type { Readable } from 'node:stream'

/** A file that arrives. Nothing of it is kept unless it is kept expressly. */
export interface Partial {
  write(part: Buffer): Promise<void>
  /**
   * Does what takes long, before anybody waits for {@link keep}. What is uploaded and then not kept is found by {@link EvidenceStorage.list},
   * and removed by whoever finds it.
   */
  upload(sha256: string): Promise<void>
  /** Makes it durable under its name, after `upload`. Whoever has that name already has the same bytes. */
  keep(sha256: string): Promise<void>
  discard(): Promise<void>
}

/**
 * The bytes of files, by SHA-256 in hexadecimal. Nothing here is ever executed, and no name is an attacker's. Where the storage cannot be
 * reached, everything throws `EvidenceStorageUnavailableError`.
 */
export interface EvidenceStorage {
  begin(): Promise<Partial>
  /** Null where there is none. */
  read(sha256: string): Promise<Readable | null>
  /** Does no harm where there is none. */
  remove(sha256: string): Promise<void>
  /** Every file, with the time it was written or sent again, in milliseconds since the epoch. */
  list(): AsyncGenerator<{ sha256: string; modified_ms: number }, void>
  /** Removes what uploads left behind that ended without an end. @param before milliseconds since the epoch. */
  removePartials(before: number): Promise<void>
}

export const SHA256 = /^[0-9a-f]{64}$/
