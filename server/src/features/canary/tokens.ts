import { createHash, randomBytes } from 'node:crypto'
import type {
  CanaryHit,
  CanaryHitQuery,
  CanaryKind,
  CanaryToken,
  CanaryTokenDetail,
  CanaryTokenPatch,
  NewCanaryToken,
  Page,
} from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError, NotFoundError } from '../../platform/errors.js'
import type { Seal } from '../../platform/seal.js'
import { baitOf } from './artifacts.js'
import { createKnownTokens } from './known-tokens.js'
import {
  type CanaryTokenStore,
  type EnabledCanaryToken,
  type ListedCanaryToken,
  MAX_TOKENS,
} from './store.js'

/** The tokens of this installation, as people manage them and as visitors meet them. */
export interface CanaryTokens {
  list(): Promise<CanaryToken[]>
  /** @throws {NotFoundError} */
  find(id: string): Promise<CanaryTokenDetail>
  /** @throws {ConflictError} when there are as many as there may be, or when the kind needs a zone and none is configured. */
  create(request: NewCanaryToken, actor: string): Promise<CanaryTokenDetail>
  /** @throws {NotFoundError} */
  change(id: string, patch: CanaryTokenPatch): Promise<CanaryTokenDetail>
  /**
   * Removes a token for good; its events and alerts stay.
   * @throws {NotFoundError}
   * @throws {ConflictError} while it is enabled.
   */
  remove(id: string): Promise<void>
  /** @throws {NotFoundError} */
  hits(id: string, query: CanaryHitQuery): Promise<Page<CanaryHit>>
  /** The enabled token that a URL belongs to; null for anything else. Quick: strangers ask. */
  recognise(secret: string): Promise<RecognisedToken | null>
}

export type RecognisedToken = Omit<EnabledCanaryToken, 'token_hash'>

export interface CanaryTokensOptions {
  store: CanaryTokenStore
  seal: Seal
  /** Where other systems reach this server, without a final slash. */
  publicUrl: string
  /** Where visitors reach tokens, without a final slash. */
  canaryUrl: string
  /** The zone that this server answers for, in lower case; null: none. */
  dnsZone: string | null
  now: () => number
}

/** 130 bits; base 36 in lower case, since some clients change the case of a path. */
const SECRET_BYTES = 17
const SECRET = /^[0-9a-z]{20,40}$/

/** Kinds whose hits come from another system's webhook. */
const FOREIGN: ReadonlySet<CanaryKind> = new Set(['canarytokens', 'opencanary'])

/** Kinds that are a name in the DNS. */
const NAMES: ReadonlySet<CanaryKind> = new Set(['dns', 'wireguard'])

function isName(kind: CanaryKind): boolean {
  return NAMES.has(kind)
}

export function isForeign(kind: CanaryKind): boolean {
  return FOREIGN.has(kind)
}

export function createCanaryTokens({
  store,
  seal,
  publicUrl,
  canaryUrl,
  dnsZone,
  now,
}: CanaryTokensOptions): CanaryTokens {
  const known = createKnownTokens(store, now)

  return {
    async list() {
      return (await store.list()).map((token) => shown(token).token)
    },
    find: detail,
    async create({ kind, name }, actor) {
      if (isName(kind) && dnsZone === null)
        throw new ConflictError(
          `a token of kind ${kind} is a name in the DNS; set CANARY_DNS_ZONE and CANARY_DNS_PORT first (see docs/alerts.md)`,
        )
      const id = uuidV7()
      const secret = BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`).toString(36)
      const isAdded = await store.add({
        id,
        kind,
        name,
        enabled: true,
        sensor_id: sensorIdOf(name, id),
        token_hash: hashOf(secret),
        sealed_token: seal.encrypt(secret, contextOf(id)),
        created_by: actor,
        created_at: new Date(now()),
      })
      if (!isAdded)
        throw new ConflictError(`the limit of ${MAX_TOKENS} canary tokens is reached; use an existing token`)
      known.forget()
      return detail(id)
    },
    async change(id, { name, enabled }) {
      const changed = await store.change(id, {
        ...(name !== undefined && { name }),
        ...(enabled !== undefined && { enabled }),
      })
      if (!changed) throw unknown(id)
      known.forget()
      return detail(id)
    },
    async remove(id) {
      const outcome = await store.remove(id, new Date(now()))
      if (outcome === 'unknown') throw unknown(id)
      if (outcome === 'enabled')
        throw new ConflictError('the canary token is enabled; disable it first, then delete it')
      known.forget()
    },
    async hits(id, query) {
      const token = await store.find(id)
      if (!token) throw unknown(id)
      return store.hits(token.sensor_id, query)
    },
    async recognise(secret) {
      if (!SECRET.test(secret)) return null
      return known.find(hashOf(secret).toString('hex'))
    },
  }

  async function detail(id: string): Promise<CanaryTokenDetail> {
    const found = await store.find(id)
    if (!found) throw unknown(id)
    const { token, secret } = shown(found)
    return { ...token, ...baitOf(token.kind, { url: token.url, secret, host: hostOf(secret) }) }
  }

  function shown({ sealed_token, ...token }: ListedCanaryToken): { token: CanaryToken; secret: string } {
    const secret = seal.decrypt(sealed_token, contextOf(token.id))
    return { token: { ...token, url: placeOf(token.kind, secret) }, secret }
  }

  /** What to plant. A name in the DNS stays known when the zone is no longer configured: `invalid` is what nobody can look up (RFC 6761). */
  function placeOf(kind: CanaryKind, secret: string): string {
    if (isName(kind)) return hostOf(secret) ?? `${secret}.invalid`
    return isForeign(kind) ? `${publicUrl}/canary/hooks/${secret}` : `${canaryUrl}/c/${secret}`
  }

  function hostOf(secret: string): string | null {
    return dnsZone === null ? null : `${secret}.${dnsZone}`
  }
}

/** Readable in every list, and never the same twice. */
function sensorIdOf(name: string, id: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  return ['canary', words.slice(0, 40), id.slice(-6)].filter(Boolean).join('-')
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function contextOf(id: string): string {
  return `canary token ${id}`
}

function unknown(id: string): NotFoundError {
  return new NotFoundError(`canary token ${id} was not found; GET /canary/tokens lists the tokens`)
}
