import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DecoyIdentity } from './decoy.js'
import { createIdentity, openIdentity } from './identity.js'
import { createLoginPolicy, WEAK_PASSWORDS } from './logins/login-policy.js'
import { hostKeysOf } from './ssh/host-keys.js'
import { profileOf } from './ssh/profile.js'
import { greetingOf } from './terminal/greeting.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-identity-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Finding the primes of host keys takes seconds on a busy machine. */
const PATIENCE_MS = 60_000
const NOW = Date.UTC(2026, 10, 26, 12)

/** What an attacker can see of an installation. */
function appearanceOf(identity: DecoyIdentity) {
  const policy = createLoginPolicy(identity, () => NOW)
  const [rsa, ecdsa, ed25519] = hostKeysOf(identity)
  for (let n = 0; n < 4; n += 1) policy.accepts('192.0.2.1', 'root', 'not this one')
  return {
    hostName: identity.hostName,
    profile: JSON.stringify(profileOf(identity)),
    greeting: greetingOf(identity, NOW),
    passwords: WEAK_PASSWORDS.filter((password, n) => {
      for (let failed = 0; failed < 4; failed += 1) policy.accepts(`198.51.100.${n}`, 'root', 'not this one')
      return policy.accepts(`198.51.100.${n}`, 'root', password)
    }).join(' '),
    rsa,
    ecdsa,
    ed25519,
  }
}

test(
  'the same seed gives the same identity',
  () => {
    const seed = Buffer.alloc(32, 7)
    expect(appearanceOf(createIdentity(seed))).toEqual(appearanceOf(createIdentity(Buffer.from(seed))))
  },
  PATIENCE_MS,
)

test(
  'two seeds differ in all that an attacker can see',
  () => {
    const [one, other] = [1, 2].map((n) => appearanceOf(createIdentity(Buffer.alloc(32, n))))
    const alike = Object.entries(one ?? {}).filter(
      ([name, value]) => value === other?.[name as keyof ReturnType<typeof appearanceOf>],
    )
    expect(alike).toEqual([])
  },
  PATIENCE_MS,
)

test('choices and host names of many seeds are spread', () => {
  const identities = Array.from({ length: 200 }, (_, n) => createIdentity(Buffer.alloc(32, n)))
  expect(new Set(identities.map(({ hostName }) => hostName)).size).toBeGreaterThan(100)
  expect(new Set(identities.map((identity) => profileOf(identity).version)).size).toBeGreaterThan(4)
  for (const { hostName } of identities) expect(hostName).toMatch(/^[a-z][a-z0-9-]{1,30}$/)
})

test('the seed is made once, for its owner alone, also when several decoys start at once', async () => {
  const state = join(directory, 'decoys')
  const names = (await Promise.all([openIdentity(state), openIdentity(state), openIdentity(state)])).map(
    ({ hostName }) => hostName,
  )
  expect(new Set(names).size).toBe(1)
  expect(statSync(join(state, 'identity.seed')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(state, 'identity.seed'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
})

test('a file that holds no seed is not replaced', async () => {
  writeFileSync(join(directory, 'identity.seed'), 'something else')
  await expect(openIdentity(directory)).rejects.toThrow('does not hold the identity')
})
