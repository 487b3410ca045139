import { LRUCache } from 'lru-cache'
import { clientBlockOf } from '../../domain/ip-address.js'
import { TooManyRequestsError } from '../../platform/errors.js'
import { type AttemptCounter, createAttemptCounter } from './attempt-counter.js'
import type { PasswordHolder } from './passwords.js'

export interface LoginAttempt {
  ip: string
  username: string
  /** The browser, when this user has logged in with it before; null for a stranger. */
  device: string | null
}

/** An attempt that is counted until it turns out otherwise; without a word it was wrong. */
export interface CountedAttempt {
  /** Who makes it: `known` in a browser, or from an address, where the user has logged in before. */
  holder: PasswordHolder
  /** It was right: it does not count, and earlier mistakes that were made like it are forgiven. */
  succeeded(): void
  /** Nobody could say whether it was right: it does not count. */
  undecided(): void
}

export interface LoginLimits {
  /** Counts an attempt before its password is looked at, so that many at once cannot pass together. @throws {TooManyRequestsError} */
  reserve(attempt: LoginAttempt): CountedAttempt
}

const MINUTE_MS = 60_000
/** An office behind one address may mistype this often; a dictionary needs more. */
const PER_ADDRESS = { attempts: 30, windowMs: 5 * MINUTE_MS }
const PER_ADDRESS_AND_USER = { attempts: 8, windowMs: 5 * MINUTE_MS }
/** Of all strangers together: as many in a row as NIST SP 800-63B-4 3.2.2 allows for one account. */
const PER_USER = { attempts: 100, windowMs: 60 * MINUTE_MS }
const PER_DEVICE = { attempts: 8, windowMs: 5 * MINUTE_MS }
const FAMILIAR_MS = 30 * 24 * 60 * MINUTE_MS
const MAX_FAMILIAR = 10_000

/**
 * Limits guessing by address, by user, and by both, without a way to lock a user out: a browser in which the user has logged in before
 * has a limit of its own, and an address from which the user has logged in is not counted among the strangers.
 * @param now milliseconds since the epoch.
 */
export function createLoginLimits(now: () => number): LoginLimits {
  const byDevice = createAttemptCounter(PER_DEVICE, now)
  const byAddress = createAttemptCounter(PER_ADDRESS, now)
  const byBoth = createAttemptCounter(PER_ADDRESS_AND_USER, now)
  const byUser = createAttemptCounter(PER_USER, now)
  /** When a user last logged in from an address. */
  const familiar = new LRUCache<string, number>({ max: MAX_FAMILIAR })

  function reserveForDevice(device: string): CountedAttempt {
    byDevice.add(device)
    return {
      holder: 'known',
      succeeded: () => byDevice.forget(device),
      undecided: () => byDevice.takeBack(device),
    }
  }

  function reserveForStranger(ip: string, username: string): CountedAttempt {
    const address = clientBlockOf(ip)
    const user = nameKey(username)
    const both = `${address} ${user}`
    const isFamiliar = (familiar.get(both) ?? Number.NEGATIVE_INFINITY) > now() - FAMILIAR_MS
    const counted: Array<[AttemptCounter, string]> = [
      [byAddress, address],
      [byBoth, both],
    ]
    if (!isFamiliar) counted.push([byUser, user])
    const waitMs = Math.max(...counted.map(([counter, key]) => counter.waitMs(key)))
    // An attempt that is refused does not count: it must not prolong the refusal.
    if (waitMs > 0) throw tooMany(waitMs)
    for (const [counter, key] of counted) counter.add(key)
    const undecided = () => {
      for (const [counter, key] of counted) counter.takeBack(key)
    }
    return {
      holder: isFamiliar ? 'known' : 'stranger',
      succeeded() {
        undecided()
        byBoth.forget(both)
        familiar.set(both, now())
      },
      undecided,
    }
  }

  return {
    reserve: ({ ip, username, device }) =>
      device !== null && byDevice.waitMs(device) === 0
        ? reserveForDevice(device)
        : reserveForStranger(ip, username),
  }
}

function tooMany(waitMs: number): TooManyRequestsError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new TooManyRequestsError(
    `too many failed logins; try again in ${seconds} seconds, or now in a browser in which you have logged in before`,
    seconds,
  )
}

function nameKey(username: string): string {
  return username.toLowerCase().slice(0, 64)
}
