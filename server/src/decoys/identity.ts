import { hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DecoyIdentity } from './decoy.js'

/** The seed of an installation cannot be used; the message says what to do. */
export class IdentityError extends Error {
  override name = 'IdentityError'
}

const SEED_BYTES = 32
const SEED_FILE = 'identity.seed'
/** HKDF-SHA-256 gives at most 255 times the length of a hash (RFC 5869, section 2.3). */
const HASH_BYTES = 32
const MAX_DERIVED_BYTES = 255 * HASH_BYTES
const CHOICE_BYTES = 6

/** What a host is for, as people name hosts. */
const ROLES = [
  'web',
  'app',
  'db',
  'mail',
  'backup',
  'build',
  'ci',
  'git',
  'files',
  'proxy',
  'gw',
  'vpn',
  'cache',
  'queue',
  'logs',
  'mon',
  'stage',
  'api',
  'dev',
  'test',
  'erp',
  'print',
  'media',
  'ns',
] as const
const SITES = [
  '',
  '',
  'fra-',
  'ams-',
  'lon-',
  'nyc-',
  'sgp-',
  'hel-',
  'dc1-',
  'dc2-',
  'prod-',
  'int-',
] as const
const STYLES: readonly [NumberStyle, ...NumberStyle[]] = [
  (n) => `${n}`,
  (n) => `-${n}`,
  (n) => String(n).padStart(2, '0'),
  (n) => `-${String(n).padStart(2, '0')}`,
  () => '',
]
type NumberStyle = (n: number) => string
const MAX_NUMBER = 24

/** @param seed 32 bytes. The same seed gives the same identity. */
export function createIdentity(seed: Buffer): DecoyIdentity {
  if (seed.length !== SEED_BYTES)
    throw new IdentityError(`the seed of an identity has ${SEED_BYTES} bytes, not ${seed.length}`)

  function derive(purpose: string, length: number): Buffer {
    if (length > MAX_DERIVED_BYTES) throw new RangeError(`at most ${MAX_DERIVED_BYTES} bytes a purpose`)
    return Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), `eviltwin decoy: ${purpose}`, length))
  }

  function choose<T>(purpose: string, choices: readonly [T, ...T[]]): T {
    const index = derive(`choice: ${purpose}`, CHOICE_BYTES).readUIntBE(0, CHOICE_BYTES) % choices.length
    return choices[index] ?? choices[0]
  }

  const number = 1 + (derive('host number', CHOICE_BYTES).readUIntBE(0, CHOICE_BYTES) % MAX_NUMBER)
  const hostName = `${choose('host site', SITES)}${choose('host role', ROLES)}${choose('host style', STYLES)(number)}`
  return { seed, hostName, derive, choose }
}

/**
 * The identity of an installation: its seed is made once, and kept in `directory` for its owner alone.
 * @throws {IdentityError} where the seed cannot be read or made.
 */
export async function openIdentity(directory: string): Promise<DecoyIdentity> {
  const file = join(directory, SEED_FILE)
  try {
    return createIdentity(Buffer.from(await seedIn(file), 'hex'))
  } catch (error) {
    if (error instanceof IdentityError) throw error
    throw new IdentityError(
      `the identity of the decoys cannot be kept in ${file}: ${(error as Error).message}`,
    )
  }
}

/** The same where it was made before; null where it was not. @throws {IdentityError} where it cannot be read. */
export async function knownIdentity(directory: string): Promise<DecoyIdentity | null> {
  const isMade = await stat(join(directory, SEED_FILE)).then(
    () => true,
    () => false,
  )
  return isMade ? openIdentity(directory) : null
}

/** Of several decoys that start at once, one makes the file, whole, and the others read it. */
async function seedIn(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (kept !== null) return checkedSeed(kept.trim(), file)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const own = `${file}.${randomUUID()}`
  await writeFile(own, `${randomBytes(SEED_BYTES).toString('hex')}\n`, { mode: 0o600 })
  await link(own, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await unlink(own)
  return checkedSeed((await readFile(file, 'utf8')).trim(), file)
}

function checkedSeed(text: string, file: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new IdentityError(
    `${file} does not hold the identity of the decoys (64 hexadecimal digits); restore it, or remove it to get a new identity`,
  )
}
