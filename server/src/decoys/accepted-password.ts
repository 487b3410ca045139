import { baitSecretsOf } from './bait/bait-secrets.js'
import { createWeakLogins } from './bait/weak-logins.js'
import type { DecoyIdentity } from './decoy.js'
import { weakPasswordsOf } from './logins/login-policy.js'

/**
 * A password that a decoy of this installation accepts, for the platform's own attacks on it; empty where it accepts any, or asks for none.
 * Those of SSH and Telnet may be accepted after some attempts alone.
 */
export function acceptedPassword(protocol: string, identity: DecoyIdentity): { password?: string } {
  if (protocol === 'ssh' || protocol === 'telnet') return optional(weakPasswordsOf(identity)[0])
  if (protocol !== 'mysql') return {}
  const { candidates, accepts } = createWeakLogins(identity, protocol, baitSecretsOf(identity))
  return optional(candidates.find((candidate) => accepts('root', candidate)))
}

function optional(password: string | undefined): { password?: string } {
  return password === undefined ? {} : { password }
}
