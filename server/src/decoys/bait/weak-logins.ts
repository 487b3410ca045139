import type { DecoyIdentity } from '../decoy.js'
import type { BaitSecrets } from './bait-secrets.js'

/** Which passwords a decoy accepts. */
export interface WeakLogins {
  accepts(username: string, password: string): boolean
  /** Passwords that a login may be tried against where only a hash of it is sent. */
  readonly candidates: readonly string[]
}

/** What lists of attackers begin with. */
const COMMON = [
  '123456',
  'password',
  'root',
  'admin',
  '12345678',
  'qwerty',
  '123456789',
  '1234',
  '12345',
  'toor',
  'test',
  'mysql',
  'changeme',
  'letmein',
  'abc123',
  'passw0rd',
  'P@ssw0rd',
  'admin123',
  'root123',
  '111111',
  '123123',
  'secret',
  'default',
  'welcome',
] as const
const ACCEPTED = 3

/** Accepts a few common passwords, which differ from one installation to the next, and the passwords that decoys show as bait. */
export function createWeakLogins(identity: DecoyIdentity, purpose: string, bait: BaitSecrets): WeakLogins {
  const order = identity.derive(`weak logins: ${purpose}`, COMMON.length)
  const ranked = COMMON.map((password, index) => ({ password, rank: order[index] ?? 0 }))
  const chosen = ranked.toSorted((one, other) => one.rank - other.rank).slice(0, ACCEPTED)
  const shown = [bait.databasePassword, bait.adminPassword]
  const accepted = new Set([...chosen.map(({ password }) => password), ...shown])
  return {
    accepts: (username, password) => username !== '' && accepted.has(password),
    candidates: [...COMMON, ...shown],
  }
}
