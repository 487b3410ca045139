import { checkPrimeSync, createECDH, createPrivateKey, type JsonWebKeyInput } from 'node:crypto'
import type { DecoyIdentity } from '../decoy.js'

/** An Ed25519 private key in PKCS #8 (RFC 8410, section 7) is this, and the 32 bytes of the key. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const ED25519_BYTES = 32
/** Order of the group of P-256 (SEC 2, section 2.4.2). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const P256_BYTES = 32
/** More bytes than the order has, so that the remainder is nearly uniform. */
const P256_DERIVED_BYTES = 48
const RSA_EXPONENT = 65_537n
/** Bits of each of the two primes, a third of servers has shorter keys than the default of ssh-keygen. */
const RSA_PRIME_BITS = [1024, 1536, 1536] as const
/** Candidates of a prime; of numbers of this size one in 530 odd ones is prime. */
const MAX_CANDIDATES = 100_000

/**
 * The private host keys of an installation as ssh2 reads them, in the order in which OpenSSH offers them; the same at each start. Takes some
 * tenths of a second.
 */
export function hostKeysOf(identity: DecoyIdentity): string[] {
  return [rsaKey(identity), ecdsaKey(identity), ed25519Key(identity)]
}

/** In the format of OpenSSH (PROTOCOL.key): ssh2 reads no PKCS #8. */
function ed25519Key(identity: DecoyIdentity): string {
  const secret = identity.derive('ssh host key ed25519', ED25519_BYTES)
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, secret]), format: 'der', type: 'pkcs8' })
  const { x = '' } = key.export({ format: 'jwk' })
  const publicKey = Buffer.from(x, 'base64url')
  const check = identity.derive('ssh host key ed25519 check', 4)
  const publicBlob = Buffer.concat([text('ssh-ed25519'), text(publicKey)])
  const privatePart = Buffer.concat([
    check,
    check,
    publicBlob,
    text(Buffer.concat([secret, publicKey])),
    text(''),
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (privatePart.length % 8)) % 8 }, (_, n) => n + 1))
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    uint32(1),
    text(publicBlob),
    text(Buffer.concat([privatePart, padding])),
  ])
  const lines = file.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

function ecdsaKey(identity: DecoyIdentity): string {
  const derived = toBigInt(identity.derive('ssh host key ecdsa', P256_DERIVED_BYTES))
  const secret = toBytes(1n + (derived % (P256_ORDER - 1n)), P256_BYTES)
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(secret)
  const point = curve.getPublicKey()
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: secret.toString('base64url'),
    x: point.subarray(1, 1 + P256_BYTES).toString('base64url'),
    y: point.subarray(1 + P256_BYTES).toString('base64url'),
  }
  return pem(jwk, 'sec1')
}

/** Two primes that follow from the seed (FIPS 186-5, appendix A.1, without its proofs: the key protects nothing). */
function rsaKey(identity: DecoyIdentity): string {
  const bits = identity.choose('ssh host key rsa size', RSA_PRIME_BITS)
  const p = primeOf(identity, 'p', bits)
  const q = primeOf(identity, 'q', bits)
  const d = inverse(RSA_EXPONENT, (p - 1n) * (q - 1n))
  const encode = (value: bigint) =>
    toBytes(value, Math.ceil(value.toString(16).length / 2)).toString('base64url')
  const jwk = {
    kty: 'RSA',
    n: encode(p * q),
    e: encode(RSA_EXPONENT),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(d % (p - 1n)),
    dq: encode(d % (q - 1n)),
    qi: encode(inverse(q, p)),
  }
  return pem(jwk, 'pkcs1')
}

/** The first prime from a number of the seed on whose two highest bits are set, so that the product has all of its bits. */
function primeOf(identity: DecoyIdentity, name: string, bits: number): bigint {
  const start = toBigInt(identity.derive(`ssh host key rsa ${bits} ${name}`, bits / 8))
  const top = 3n << BigInt(bits - 2)
  let candidate = start | top | 1n
  for (let tried = 0; tried < MAX_CANDIDATES; tried += 1, candidate += 2n) {
    if (SMALL_PRIMES.some((prime) => candidate % prime === 0n)) continue
    if ((candidate - 1n) % RSA_EXPONENT !== 0n && checkPrimeSync(candidate)) return candidate
  }
  throw new RangeError('no prime was found')
}

const SMALL_PRIMES = smallPrimes(2_000)

function smallPrimes(below: number): readonly bigint[] {
  const primes: number[] = []
  for (let n = 3; n < below; n += 2) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes.map(BigInt)
}

/** By the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, nextR] = [modulus, value % modulus]
  let [t, nextT] = [0n, 1n]
  while (nextR !== 0n) {
    const quotient = r / nextR
    ;[r, nextR] = [nextR, r - quotient * nextR]
    ;[t, nextT] = [nextT, t - quotient * nextT]
  }
  return t < 0n ? t + modulus : t
}

function pem(key: JsonWebKeyInput['key'], type: 'pkcs1' | 'sec1'): string {
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  return type === 'pkcs1'
    ? privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    : privateKey.export({ type: 'sec1', format: 'pem' }).toString()
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** RFC 4251, section 5: its length and the bytes. */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}
