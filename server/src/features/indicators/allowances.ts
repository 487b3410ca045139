import type { FeedAllowance, NewFeedAllowance } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { parseNetwork } from '../../domain/networks.js'
import { ConflictError, ForbiddenError, InvalidInputError, NotFoundError } from '../../platform/errors.js'
import type { AllowanceStore } from './allowance-store.js'
import { observableOf } from './iocs.js'

/** What operators keep out of every export, from the moment that they add it. */
export interface Allowances {
  list(): Promise<FeedAllowance[]>
  /**
   * @param actor who adds it, and whether this is an administrator: only one may allow a wide network.
   * @throws {InvalidInputError | ForbiddenError | ConflictError}
   */
  add(request: NewFeedAllowance, actor: { username: string; isAdmin: boolean }): Promise<FeedAllowance>
  /** @throws {NotFoundError} */
  find(id: string): Promise<FeedAllowance>
  /** @returns what was removed. @throws {NotFoundError} */
  remove(id: string): Promise<FeedAllowance>
}

const MAX_IN_FORCE = 10_000
/** Networks with a shorter prefix need an administrator: they could empty a feed. */
const NARROW = { ipv4: 16, ipv6: 32 }

export function createAllowances(store: AllowanceStore, now: () => number): Allowances {
  return {
    list: () => store.list(new Date(now())),
    async add({ value, reason, expires_at }, { username, isAdmin }) {
      const { kind, value: canonical, isWide } = subjectOf(value)
      if (isWide && !isAdmin)
        throw new ForbiddenError(
          `${canonical} is a large network: this needs the role admin; ask an administrator`,
        )
      const expiresAt = expires_at === null ? null : new Date(expires_at)
      if (expiresAt !== null && expiresAt.getTime() <= now())
        throw invalid('/expires_at', 'the allowance would have ended already')
      const added = await store.add(
        {
          id: uuidV7(),
          kind,
          value: canonical,
          reason,
          created_by: username,
          created_at: new Date(now()),
          expires_at: expiresAt,
        },
        MAX_IN_FORCE,
      )
      if (!added)
        throw new ConflictError(`the limit of ${MAX_IN_FORCE} allowlist entries is reached; remove one first`)
      return added
    },
    find: async (id) => (await store.find(id)) ?? allowanceNotFound(id),
    remove: async (id) => (await store.remove(id)) ?? allowanceNotFound(id),
  }
}

function subjectOf(text: string): Pick<FeedAllowance, 'kind' | 'value'> & { isWide: boolean } {
  const network = parseNetwork(text)
  if (network) {
    const [base = '', length] = network.text.split('/')
    const narrow = base.includes(':') ? NARROW.ipv6 : NARROW.ipv4
    return { kind: 'network', value: network.text, isWide: length !== undefined && Number(length) < narrow }
  }
  const subject = observableOf(text)
  if (subject?.type === 'domain-name') return { kind: 'domain', value: subject.value, isWide: false }
  if (subject?.type === 'url' || subject?.type === 'sha256')
    return { kind: subject.type, value: subject.value, isWide: false }
  throw invalid(
    '/value',
    'send an address, a network such as 198.18.0.0/24, a domain name such as example.com, a URL or a SHA-256',
  )
}

function allowanceNotFound(id: string): never {
  throw new NotFoundError(`allowlist entry ${id} was not found; GET /feeds/allowlist lists the entries`)
}

function invalid(pointer: string, message: string): InvalidInputError {
  return new InvalidInputError(message, [{ pointer, message }])
}
