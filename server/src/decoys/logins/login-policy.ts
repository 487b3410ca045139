import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { clientBlockOf } from '../../domain/ip-address.js'
import type { DecoyIdentity } from '../decoy.js'

/** Which logins an installation accepts. */
export interface LoginPolicy {
  /** Decides about a user name and a password from an address, and remembers the attempt. */
  accepts(address: string, username: string, password: string): boolean
}

/** Accounts that attackers try, beside root. */
const ACCOUNTS = [
  'admin',
  'ubuntu',
  'oracle',
  'postgres',
  'deploy',
  'git',
  'user',
  'test',
  'ftpuser',
  'jenkins',
  'hadoop',
  'ec2-user',
  'debian',
  'www',
  'nagios',
  'support',
  'guest',
  'pi',
] as const
/** Passwords that lists of attackers begin with. */
export const WEAK_PASSWORDS = [
  '123456',
  'password',
  'admin',
  'root',
  '12345678',
  '1234',
  'qwerty',
  '123456789',
  'P@ssw0rd',
  'admin123',
  'root123',
  '111111',
  'letmein',
  'changeme',
  'welcome1',
  'abc123',
  'passw0rd',
  'toor',
  'test123',
  '1q2w3e4r',
  'server',
  'qwe123',
  'Passw0rd!',
  'password1',
  '123123',
  'default',
] as const
const ACCOUNTS_OF_HOST = 4
const PASSWORDS_OF_HOST = 5
/** Attempts that fail before a weak password is accepted. */
const ATTEMPTS = [1, 2, 3, 4] as const
/** After so many attempts any password of a known account is accepted. */
const PATIENCE = [12, 16, 20, 24, 30] as const
/** Addresses, and as many accepted logins. */
const MAX_REMEMBERED = 10_000
const REMEMBERED_MS = 24 * 3_600_000

/** What an address has tried. */
interface Attempts {
  failed: number
  isIn: boolean
}

/**
 * Accepts a few weak passwords of a few accounts after some attempts of an address, and after many attempts any password of those accounts: a
 * host that accepts everything at once is none. An address that is in gets in with nothing else. A login that was accepted once is accepted
 * from everywhere from then on: many scan from one address, and come back from another. Accounts, passwords and numbers differ from one
 * installation to the next, and are the same for each of its decoys.
 * @param now milliseconds since 1970. An address that is not seen for a day is forgotten.
 * @param maxRemembered of addresses, and of accepted logins; beyond it those are forgotten that were not used for the longest time.
 */
export function createLoginPolicy(
  identity: DecoyIdentity,
  now: () => number,
  maxRemembered = MAX_REMEMBERED,
): LoginPolicy {
  const accounts = new Set<string>(['root', ...picked(identity, 'accounts', ACCOUNTS, ACCOUNTS_OF_HOST)])
  const passwords = new Set<string>(weakPasswordsOf(identity))
  const attemptsBefore = identity.choose('login attempts', ATTEMPTS)
  const patience = identity.choose('login patience', PATIENCE)
  const known = new LRUCache<string, Attempts>({
    max: maxRemembered,
    ttl: REMEMBERED_MS,
    perf: { now },
    ttlResolution: 0,
  })
  const accepted = new LRUCache<string, true>({ max: maxRemembered })

  return {
    accepts(address, username, password) {
      const block = clientBlockOf(address)
      const attempts = known.get(block) ?? { failed: 0, isIn: false }
      const login = digestOf(username, password)
      const isKnown = accepted.get(login) === true
      const isWeak = passwords.has(password) && attempts.failed >= attemptsBefore
      const isNew =
        !attempts.isIn && password !== '' && accounts.has(username) && (isWeak || attempts.failed >= patience)
      if (isNew) accepted.set(login, true)
      if (isKnown || isNew) attempts.isIn = true
      else attempts.failed += 1
      known.set(block, attempts)
      return isKnown || isNew
    },
  }
}

/** The weak passwords that an installation accepts in the end. */
export function weakPasswordsOf(identity: DecoyIdentity): string[] {
  return picked(identity, 'weak passwords', WEAK_PASSWORDS, PASSWORDS_OF_HOST)
}

/** As long for every password: attackers choose how long theirs are. */
function digestOf(username: string, password: string): string {
  return createHash('sha256').update(`${username}\0${password}`).digest('base64')
}

/** So many of the choices, without repetition, in an order of the identity. */
function picked<T>(identity: DecoyIdentity, purpose: string, choices: readonly T[], count: number): T[] {
  const order = identity.derive(purpose, choices.length)
  return choices
    .map((choice, index) => ({ choice, rank: order[index] ?? 0, index }))
    .sort((one, other) => one.rank - other.rank || one.index - other.index)
    .slice(0, count)
    .map(({ choice }) => choice)
}
