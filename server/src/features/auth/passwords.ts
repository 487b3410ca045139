import { hash, verify } from '@node-rs/argon2'
import { PasswordsBusyError } from '../../platform/errors.js'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashing is made to be expensive: more at once than this would let a crowd of logins starve everything else. */
const MAX_CONCURRENT = 4
const MAX_WAITING = 64

export interface Passwords {
  /** @throws {PasswordsBusyError} when too many passwords wait to be hashed. */
  hash(password: string): Promise<string>
  /**
   * Compares in the same time whether or not there is such a user.
   * @param stored the user's hash; undefined when there is no such user.
   * @returns false for every failure. @throws {PasswordsBusyError}
   */
  matches(password: string, stored: string | undefined): Promise<boolean>
}

export function createPasswords(): Passwords {
  const decoy = hash('nobody has this password', ARGON2ID)
  let running = 0
  const waiting: Array<() => void> = []

  async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= MAX_CONCURRENT) {
      if (waiting.length >= MAX_WAITING) throw new PasswordsBusyError()
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }

  return {
    hash: (password) => limited(() => hash(password, ARGON2ID)),
    matches: (password, stored) =>
      limited(async () => {
        const correct = await verify(stored ?? (await decoy), password).catch(() => false)
        return correct && stored !== undefined
      }),
  }
}
