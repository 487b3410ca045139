import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm } from 'ssh2'
import type { DecoyIdentity } from '../decoy.js'
import { createMachine } from '../shell/machine.js'

/** How the server presents itself. */
export interface SshProfile {
  /** What follows `SSH-2.0-`. */
  version: string
  algorithms: Algorithms
}

type Choices<T> = readonly [readonly T[], ...Array<readonly T[]>]

/**
 * Hardening guides leave some out. Group exchange and groups above 4096 bits are not offered: a client could hold the event loop for some
 * tenths of a second with each.
 */
const KEX: Choices<KexAlgorithm> = [
  ['diffie-hellman-group16-sha512', 'diffie-hellman-group14-sha256'],
  ['diffie-hellman-group16-sha512'],
  ['diffie-hellman-group14-sha256', 'diffie-hellman-group14-sha1'],
  ['diffie-hellman-group14-sha256'],
]
const CIPHERS: Choices<CipherAlgorithm> = [
  ['aes128-ctr', 'aes192-ctr', 'aes256-ctr', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'],
  ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'aes256-ctr', 'aes192-ctr', 'aes128-ctr'],
  ['aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
]
const MACS: Choices<MacAlgorithm> = [
  [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  ['hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512', 'hmac-sha2-256'],
  [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
]

/** The presentation of an installation. Its algorithms are those of OpenSSH that ssh2 has, so that it is none of OpenSSH's own lists. */
export function profileOf(identity: DecoyIdentity): SshProfile {
  const withChaCha = identity.choose('ssh chacha20', [true, true, false])
  const ciphers = identity.choose('ssh ciphers', CIPHERS)
  return {
    version: createMachine(identity, identity.hostName).ssh,
    algorithms: {
      kex: [
        'curve25519-sha256',
        'curve25519-sha256@libssh.org',
        'ecdh-sha2-nistp256',
        'ecdh-sha2-nistp384',
        'ecdh-sha2-nistp521',
        ...identity.choose('ssh key exchange', KEX),
      ],
      cipher: [...(withChaCha ? ['chacha20-poly1305@openssh.com' as const] : []), ...ciphers],
      hmac: [...identity.choose('ssh macs', MACS)],
      serverHostKey: ['rsa-sha2-512', 'rsa-sha2-256', 'ecdsa-sha2-nistp256', 'ssh-ed25519'],
      // A compressed packet of a client could grow a thousandfold.
      compress: ['none'],
    },
  }
}
