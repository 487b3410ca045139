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
const REMEMBERED_ADDRESSES = 10_000
const REMEMBERED_MS = 24 * 3_600_000

interface Attempts {
  failed: number
  /** User name and password that were accepted, with a NUL between them. */
  accepted: string | null
}

/**
 * Accepts a few weak passwords of a few accounts after some attempts of an address, and after many attempts any password of those accounts: a
 * host that accepts everything at once is none. What was accepted stays accepted for that address for a day. Accounts, passwords and numbers
 * differ from one installation to the next; 10,000 addresses are remembered.
 * @param now milliseconds since 1970.
 */
export function createLoginPolicy(identity: DecoyIdentity, now: () => number): LoginPolicy {
  const accounts = new Set<string>(['root', ...picked(identity, 'ssh accounts', ACCOUNTS, ACCOUNTS_OF_HOST)])
  const passwords = new Set<string>(weakPasswordsOf(identity))
  const attemptsBefore = identity.choose('ssh attempts', ATTEMPTS)
  const patience = identity.choose('ssh patience', PATIENCE)
  const known = new LRUCache<string, Attempts>({
    max: REMEMBERED_ADDRESSES,
    ttl: REMEMBERED_MS,
    perf: { now },
    ttlResolution: 0,
  })

  return {
    accepts(address, username, password) {
      const block = clientBlockOf(address)
      const attempts = known.get(block) ?? { failed: 0, accepted: null }
      const pair = `${username}\0${password}`
      if (attempts.accepted !== null && attempts.accepted === pair) return true
      const isWeak = passwords.has(password) && attempts.failed >= attemptsBefore
      const isAccepted =
        attempts.accepted === null && accounts.has(username) && (isWeak || attempts.failed >= patience)
      if (isAccepted) attempts.accepted = pair
      else attempts.failed += 1
      known.set(block, attempts)
      return isAccepted
    },
  }
}

/** The weak passwords that an installation accepts in the end. */
export function weakPasswordsOf(identity: DecoyIdentity): string[] {
  return picked(identity, 'ssh passwords', WEAK_PASSWORDS, PASSWORDS_OF_HOST)
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
