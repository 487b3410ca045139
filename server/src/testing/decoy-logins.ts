import type { DecoyIdentity } from '../decoys/decoy.js'
import { createIdentity } from '../decoys/identity.js'
import { createLoginPolicy, WEAK_PASSWORDS } from '../decoys/logins/login-policy.js'

/** An identity that accepts a weak password of root after one attempt that fails. */
export function accommodatingIdentity(): { identity: DecoyIdentity; seed: Buffer; weakPassword: string } {
  for (let n = 0; n < 256; n += 1) {
    const seed = Buffer.alloc(32, n)
    const identity = createIdentity(seed)
    for (const weakPassword of WEAK_PASSWORDS) {
      const policy = createLoginPolicy(identity, Date.now)
      policy.accepts('192.0.2.1', 'root', 'not this one')
      if (policy.accepts('192.0.2.1', 'root', weakPassword)) return { identity, seed, weakPassword }
    }
  }
  throw new Error('there is no such identity')
}
