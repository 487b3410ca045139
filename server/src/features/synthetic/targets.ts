import type { NewSyntheticTarget, SyntheticTarget, SyntheticTargetPatch } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError, InvalidInputError, NotFoundError } from '../../platform/errors.js'
import type { AddressGuard } from '../../platform/outbound/address-guard.js'
import { ForbiddenTargetError } from '../../platform/outbound/address-guard.js'
import { isOwnKind } from './own-kinds.js'
import type { OwnWays } from './own-ways.js'
import type { TargetStore } from './target-store.js'

/** What is attacked, as administrators manage it. */
export interface Targets {
  list(): Promise<SyntheticTarget[]>
  /** @throws {NotFoundError} */
  find(id: string): Promise<SyntheticTarget>
  /**
   * Registers a sensor to be attacked. Its name is resolved; nothing is sent to it before its first attack.
   * @throws {InvalidInputError} for an address to which this server may not connect. @throws {ConflictError} when there are 200.
   */
  add(target: NewSyntheticTarget, created_by: string): Promise<SyntheticTarget>
  /** @throws {NotFoundError} */
  change(id: string, patch: SyntheticTargetPatch): Promise<SyntheticTarget>
  /** @throws {NotFoundError} @throws {ConflictError} for one that the platform keeps itself. */
  remove(id: string): Promise<void>
  /**
   * Makes a new key for a way into the platform whose key was revoked.
   * @throws {NotFoundError} @throws {ConflictError} for other targets, and while the key is good.
   */
  replaceKey(id: string): Promise<SyntheticTarget>
}

const RESOLVE_MS = 5_000

export interface TargetsOptions {
  store: TargetStore
  guard: AddressGuard
  ways: Pick<OwnWays, 'replaceKey'>
  now: () => number
}

export function createTargets({ store, guard, ways, now }: TargetsOptions): Targets {
  const find = async (id: string) => (await store.find(id)) ?? notFound(id)
  return {
    list: store.list,
    find,
    async add(target, created_by) {
      try {
        await guard.addressOf(target.host, AbortSignal.timeout(RESOLVE_MS))
      } catch (error) {
        if (error instanceof ForbiddenTargetError) throw new InvalidInputError(error.message)
        throw new InvalidInputError(`the host ${target.host} cannot be resolved: ${(error as Error).message}`)
      }
      const added = await store.add(uuidV7(), target, created_by, new Date(now()))
      if (!added) throw new ConflictError('there are 200 targets already; remove one first')
      return added
    },
    change: async (id, patch) => (await store.change(id, patch)) ?? notFound(id),
    async remove(id) {
      const { own, name } = await find(id)
      if (own) throw new ConflictError(`${name} is kept by the platform; switch it off instead`)
      await store.remove(id)
    },
    async replaceKey(id) {
      const target = await find(id)
      const { kind, name } = target
      if (!isOwnKind(kind))
        throw new ConflictError(`${name} has a key of its own sensor; replace that one (Settings, Keys)`)
      await ways.replaceKey(kind)
      return target
    },
  }
}

function notFound(id: string): never {
  throw new NotFoundError(`the target ${id} was not found; GET /synthetic/status lists the targets`)
}
