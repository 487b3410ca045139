import { hash, verify } from '@node-rs/argon2'
import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from 'cockatiel'
import { PasswordsBusyError } from '../../platform/errors.js'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashing is made to be expensive: of libuv's four threads, two are left to decompression, DNS and files. */
const MAX_CONCURRENT = 2
/** Of strangers, and as many of those who are known. */
const MAX_WAITING = 64

/** `known`: somebody who has logged in before, in this browser or with a login that goes on. They wait for none of the strangers who wait. */
export type PasswordHolder = 'known' | 'stranger'

export interface Passwords {
  /** Hashes the normalized text. @throws {PasswordsBusyError} when too many passwords wait to be hashed. */
  hash(password: string): Promise<string>
  /**
   * Compares in the same time whether or not there is such a user.
   * @param stored the user's hash; undefined when there is no such user.
   * @param holder who presents it, as far as it is known before.
   * @returns false for every failure. @throws {PasswordsBusyError} when too many of the same kind wait.
   */
  matches(password: string, stored: string | undefined, holder: PasswordHolder): Promise<boolean>
  /** How many of a kind wait to be hashed: 0 to 64. */
  waiting(holder: PasswordHolder): number
}

/**
 * The text of a password that is hashed and judged: NFKC, so that every keyboard's way to write it is the same password
 * (NIST SP 800-63B-4 3.1.1.2). Nothing is cut off, and spaces and case stay.
 */
export function normalizedPassword(text: string): string {
  return text.normalize('NFKC')
}

export function createPasswords(): Passwords {
  const decoy = hash('nobody has this password', ARGON2ID)
  // Each kind waits in a queue of its own, and no more of one kind leave it than can be hashed at a time. What they come to is in
  // the order of arrival, so that the kinds take turns; it never refuses, because both kinds together fill its places and no more.
  const hashing = bulkhead(MAX_CONCURRENT, MAX_CONCURRENT)
  const queues: Record<PasswordHolder, BulkheadPolicy> = {
    known: bulkhead(MAX_CONCURRENT, MAX_WAITING),
    stranger: bulkhead(MAX_CONCURRENT, MAX_WAITING),
  }

  const limited = <Result>(holder: PasswordHolder, work: () => Promise<Result>): Promise<Result> =>
    queues[holder]
      .execute(() => hashing.execute(work))
      .catch((error: unknown) => {
        throw error instanceof BulkheadRejectedError ? new PasswordsBusyError() : error
      })

  return {
    hash: (password) => limited('known', () => hash(normalizedPassword(password), ARGON2ID)),
    matches: (password, stored, holder) =>
      limited(holder, async () => {
        const against = stored ?? (await decoy)
        // Release 0.1.0 hashed the text as it was typed.
        for (const text of new Set([normalizedPassword(password), password]))
          if (await verify(against, text).catch(() => false)) return stored !== undefined
        return false
      }),
    waiting: (holder) => MAX_WAITING - queues[holder].queueSlots,
  }
}
