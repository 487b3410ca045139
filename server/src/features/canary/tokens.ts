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
  /** @throws {ConflictError} when there are as many as there may be. */
  create(request: NewCanaryToken, actor: string): Promise<CanaryTokenDetail>
  /** @throws {NotFoundError} */
  change(id: string, patch: CanaryTokenPatch): Promise<CanaryTokenDetail>
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
  now: () => number
}

/** 130 bits; base 36 in lower case, since some clients change the case of a path. */
const SECRET_BYTES = 17
const SECRET = /^[0-9a-z]{20,40}$/

/** Kinds whose hits come from another system's webhook. */
const FOREIGN: ReadonlySet<CanaryKind> = new Set(['canarytokens', 'opencanary'])

export function isForeign(kind: CanaryKind): boolean {
  return FOREIGN.has(kind)
}

export function createCanaryTokens({
  store,
  seal,
  publicUrl,
  canaryUrl,
  now,
}: CanaryTokensOptions): CanaryTokens {
  const known = createKnownTokens(store, now)

  return {
    async list() {
      return (await store.list()).map((token) => shown(token).token)
    },
    find: detail,
    async create({ kind, name }, actor) {
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
    return { ...token, ...baitOf(token.kind, token.url, secret) }
  }

  function shown({ sealed_token, ...token }: ListedCanaryToken): { token: CanaryToken; secret: string } {
    const secret = seal.decrypt(sealed_token, contextOf(token.id))
    const base = isForeign(token.kind) ? `${publicUrl}/canary/hooks` : `${canaryUrl}/c`
    return { token: { ...token, url: `${base}/${secret}` }, secret }
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
