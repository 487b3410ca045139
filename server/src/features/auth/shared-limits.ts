import { LRUCache } from 'lru-cache'
import { TooManyRequestsError } from '../../platform/errors.js'
import { createAttemptCounter } from './attempt-counter.js'
import { type CountedAttempt, createLoginLimits, type LoginAttempt } from './login-limits.js'

/**
 * What attempts to log in, and to change a password, are counted by: once for all processes of a server, so that more of them give nobody
 * more attempts. Plain values in and out.
 */
export interface AuthLimits {
  /** Counts an attempt before its password is looked at. */
  reserveLogin(attempt: LoginAttempt): ReservedLogin
  /** What became of it; without a word it was wrong. */
  settleLogin(id: number, outcome: 'succeeded' | 'undecided'): void
  /** Counts a change of a password before the old one is looked at. */
  reservePasswordChange(family_id: string): ReservedChange
  /** Nobody could say whether the old one was right: it does not count. */
  undecidedPasswordChange(family_id: string): void
  /** It was right: earlier mistakes are forgiven. */
  succeededPasswordChange(family_id: string): void
}

/** `refused`: too many; when and how to try again, in words. */
export type ReservedLogin =
  | { id: number; holder: CountedAttempt['holder'] }
  | { refused: { detail: string; retryAfter: number } }

export interface ReservedChange {
  /** Until it may be tried again; 0: it is counted. */
  waitMs: number
  /** Another wrong one is one too many. */
  isLast: boolean
}

/** Whoever has a stolen login may guess its password this often, and then has no login. */
const PASSWORD_CHANGES = { attempts: 5, windowMs: 15 * 60_000 }
/** Attempts whose passwords are being looked at; the hashing of passwords takes far fewer at once. */
const MAX_OPEN = 10_000

/** @param now milliseconds since the epoch. */
export function createAuthLimits(now: () => number): AuthLimits {
  const limits = createLoginLimits(now)
  const changes = createAttemptCounter(PASSWORD_CHANGES, now)
  const open = new LRUCache<number, CountedAttempt>({ max: MAX_OPEN })
  let attempts = 0
  return {
    reserveLogin(attempt) {
      try {
        const counted = limits.reserve(attempt)
        attempts += 1
        open.set(attempts, counted)
        return { id: attempts, holder: counted.holder }
      } catch (error) {
        if (!(error instanceof TooManyRequestsError)) throw error
        return { refused: { detail: error.message, retryAfter: error.retryAfter } }
      }
    },
    settleLogin(id, outcome) {
      open.get(id)?.[outcome]()
      open.delete(id)
    },
    reservePasswordChange(family_id) {
      const waitMs = changes.waitMs(family_id)
      if (waitMs > 0) return { waitMs, isLast: false }
      changes.add(family_id)
      return { waitMs: 0, isLast: changes.waitMs(family_id) > 0 }
    },
    undecidedPasswordChange: changes.takeBack,
    succeededPasswordChange: changes.forget,
  }
}
