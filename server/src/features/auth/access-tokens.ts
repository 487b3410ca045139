import { hkdfSync } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'

/** What an access token states. Role and state of the login are looked up, not believed. */
export interface AccessClaims {
  user_id: string
  family_id: string
}

export interface AccessTokens {
  readonly lifetimeSeconds: number
  issue(claims: AccessClaims, nowMs: number): Promise<string>
  /** @returns null for anything that is not a valid token of ours. */
  read(token: string, nowMs: number): Promise<AccessClaims | null>
}

const ISSUER = 'eviltwin'
const AUDIENCE = 'eviltwin-api'

/** JWTs (RFC 7519, RFC 8725) signed with HS256 under a key derived from SECRET_KEY for this purpose alone. */
export function createAccessTokens(secretKey: string, lifetimeSeconds: number): AccessTokens {
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'eviltwin access token v1', 32))
  return {
    lifetimeSeconds,
    issue({ user_id, family_id }, nowMs) {
      const now = Math.floor(nowMs / 1000)
      return new SignJWT({ fam: family_id })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .setSubject(user_id)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(key)
    },
    async read(token, nowMs) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          typ: 'at+jwt',
          currentDate: new Date(nowMs),
        })
        const { sub, fam } = payload
        return typeof sub === 'string' && typeof fam === 'string' ? { user_id: sub, family_id: fam } : null
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },
  }
}
