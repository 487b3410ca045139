import type { CanaryKind, CanaryToken, CanaryTokenDetail } from '@eviltwin/contract'
import type { Seal } from '../../platform/seal.js'
import { baitOf } from './artifacts.js'
import { isForeign, isName } from './kinds.js'
import type { ListedCanaryToken } from './store.js'

export interface TokenPlacesOptions {
  seal: Seal
  /** Where other systems reach this server, without a final slash. */
  publicUrl: string
  /** Where visitors reach tokens, without a final slash. */
  canaryUrl: string
  /** The zone that this server answers for, in lower case; null: none. */
  dnsZone: string | null
}

/** Where tokens are reached, and what is planted for it. Their secrets are encrypted in the store. */
export interface TokenPlaces {
  encrypt(id: string, secret: string): Buffer
  /** Whether tokens can be names in the DNS. */
  hasZone: boolean
  /** A token as lists have it. */
  token(stored: ListedCanaryToken): CanaryToken
  /** With its file and what to do with it. */
  detail(stored: ListedCanaryToken): CanaryTokenDetail
  /** The token's name in the DNS; null where this server answers for no zone. */
  host(stored: ListedCanaryToken): string | null
}

export function createTokenPlaces({ seal, publicUrl, canaryUrl, dnsZone }: TokenPlacesOptions): TokenPlaces {
  const secretOf = ({ id, sealed_token }: ListedCanaryToken) => seal.decrypt(sealed_token, contextOf(id))
  const hostOf = (secret: string) => (dnsZone === null ? null : `${secret}.${dnsZone}`)

  /** A name in the DNS stays known when the zone is no longer configured: `invalid` is what nobody can look up (RFC 6761). */
  function urlOf(kind: CanaryKind, secret: string): string {
    if (isName(kind)) return hostOf(secret) ?? `${secret}.invalid`
    return isForeign(kind) ? `${publicUrl}/canary/hooks/${secret}` : `${canaryUrl}/c/${secret}`
  }

  function tokenOf({ sealed_token: _, ...token }: ListedCanaryToken, secret: string): CanaryToken {
    return { ...token, url: urlOf(token.kind, secret) }
  }

  return {
    hasZone: dnsZone !== null,
    encrypt: (id, secret) => seal.encrypt(secret, contextOf(id)),
    token: (stored) => tokenOf(stored, secretOf(stored)),
    detail(stored) {
      const secret = secretOf(stored)
      const token = tokenOf(stored, secret)
      return { ...token, ...baitOf(token.kind, { url: token.url, secret, host: hostOf(secret) }) }
    },
    host: (stored) => hostOf(secretOf(stored)),
  }
}

function contextOf(id: string): string {
  return `canary token ${id}`
}
