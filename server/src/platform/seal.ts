import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Keeps secrets in the database without keeping them readable there. */
export interface Seal {
  /** @param context what the secret belongs to; it is decrypted for nothing else. */
  encrypt(secret: string, context: string): Buffer
  /** @throws {UnsealError} when it was encrypted under another SECRET_KEY or context, or was changed. */
  decrypt(sealed: Buffer, context: string): string
}

/** The secret cannot be read any more. */
export class UnsealError extends Error {
  override name = 'UnsealError'
  constructor(options: ErrorOptions) {
    super(
      'the stored secret cannot be decrypted, because SECRET_KEY was changed; enter the secret again',
      options,
    )
  }
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM (NIST SP 800-38D) under a key derived from SECRET_KEY (HKDF, RFC 5869) for this purpose alone. */
export function createSeal(secretKey: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'eviltwin sealed secret v1', 32))
  return {
    encrypt(secret, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text])
    },
    decrypt(sealed, context) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const text = sealed.subarray(NONCE_BYTES + TAG_BYTES)
        return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
      } catch (error) {
        throw new UnsealError({ cause: error })
      }
    },
  }
}
