import type { CanaryToken, CanaryTokenDetail, CanaryTokenPatch, NewCanaryToken } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError, NotFoundError } from '../../platform/errors.js'
import { isName } from './kinds.js'
import { createKnownTokens } from './known-tokens.js'
import { hashOf, looksLikeSecret, newSecret } from './secret.js'
import { type CanaryTokenStore, type EnabledCanaryToken, MAX_TOKENS } from './store.js'
import type { TokenPlaces } from './token-places.js'

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
  /** The enabled token that a URL belongs to; null for anything else. Quick: strangers ask. */
  recognise(secret: string): Promise<RecognisedToken | null>
}

export type RecognisedToken = Omit<EnabledCanaryToken, 'token_hash'>

export interface CanaryTokensOptions {
  store: CanaryTokenStore
  places: TokenPlaces
  now: () => number
}

export function createCanaryTokens({ store, places, now }: CanaryTokensOptions): CanaryTokens {
  const known = createKnownTokens(store, now)

  async function find(id: string): Promise<CanaryTokenDetail> {
    const found = await store.find(id)
    if (!found) throw tokenNotFound(id)
    return places.detail(found)
  }

  return {
    list: async () => (await store.list()).map(places.token),
    find,
    async create({ kind, name }, actor) {
      if (isName(kind) && !places.hasZone)
        throw new ConflictError(
          `a token of kind ${kind} is a name in the DNS; set CANARY_DNS_ZONE and CANARY_DNS_PORT first (see docs/alerts.md)`,
        )
      const id = uuidV7()
      const secret = newSecret()
      const isAdded = await store.add({
        id,
        kind,
        name,
        enabled: true,
        sensor_id: sensorIdOf(name, id),
        token_hash: hashOf(secret),
        sealed_token: places.encrypt(id, secret),
        created_by: actor,
        created_at: new Date(now()),
      })
      if (!isAdded)
        throw new ConflictError(`the limit of ${MAX_TOKENS} canary tokens is reached; use an existing token`)
      known.forget()
      return find(id)
    },
    async change(id, { name, enabled }) {
      const changed = await store.change(id, {
        ...(name !== undefined && { name }),
        ...(enabled !== undefined && { enabled }),
      })
      if (!changed) throw tokenNotFound(id)
      known.forget()
      return find(id)
    },
    async remove(id) {
      const outcome = await store.remove(id, new Date(now()))
      if (outcome === 'unknown') throw tokenNotFound(id)
      if (outcome === 'enabled')
        throw new ConflictError('the canary token is enabled; disable it first, then delete it')
      known.forget()
    },
    recognise: async (secret) =>
      looksLikeSecret(secret) ? known.find(hashOf(secret).toString('hex')) : null,
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

export function tokenNotFound(id: string): NotFoundError {
  return new NotFoundError(`canary token ${id} was not found; GET /canary/tokens lists the tokens`)
}
