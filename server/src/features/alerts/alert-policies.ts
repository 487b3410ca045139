import type { AlertMute, AlertPolicy, AlertPolicyState, NewAlertMute } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { parseNetwork } from '../../domain/networks.js'
import { InvalidInputError, NotFoundError } from '../../platform/errors.js'
import type { AlertPolicyStore } from './policy-store.js'

/** What is announced and what is kept quiet, as people decide it. */
export interface AlertPolicies {
  read(): Promise<AlertPolicyState>
  replace(policy: AlertPolicy): Promise<AlertPolicyState>
  /** @throws {InvalidInputError} for a source that is no network, or an expiry that has passed. */
  mute(request: NewAlertMute, actor: string): Promise<AlertMute>
  /** @throws {NotFoundError} */
  unmute(id: string): Promise<void>
}

export function createAlertPolicies(store: AlertPolicyStore, now: () => number): AlertPolicies {
  return {
    read: () => store.read(new Date(now())),
    async replace(policy) {
      await store.write(policy)
      return store.read(new Date(now()))
    },
    async mute({ source, sensor_id, reason, expires_at }, actor) {
      const network = source === null ? null : parseNetwork(source)
      if (source !== null && !network) {
        throw new InvalidInputError('that is no network', [
          { pointer: '/source', message: 'an address, or CIDR notation such as 203.0.113.0/24' },
        ])
      }
      const created_at = new Date(now())
      const expiry = expires_at === null ? null : new Date(expires_at)
      if (expiry && expiry <= created_at) {
        throw new InvalidInputError('the mute would have ended already', [
          { pointer: '/expires_at', message: 'a time in the future, or null for ever' },
        ])
      }
      return store.addMute({
        id: uuidV7(),
        source: network?.text ?? null,
        sensor_id,
        reason,
        created_by: actor,
        created_at,
        expires_at: expiry,
      })
    },
    async unmute(id) {
      if (!(await store.removeMute(id))) throw new NotFoundError(`there is no mute ${id}`)
    },
  }
}
