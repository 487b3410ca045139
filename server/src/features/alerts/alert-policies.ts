import type { AlertMute, AlertPolicy, AlertPolicyState, NewAlertMute } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { type Network, parseNetwork } from '../../domain/networks.js'
import { ConflictError, InvalidInputError, NotFoundError } from '../../platform/errors.js'
import { ANALYST_MAX_MS, requireBounded } from '../../platform/suppression-limits.js'
import type { LiveLogin } from '../auth/index.js'
import { type AlertPolicyStore, MAX_MUTES } from './policy-store.js'

/** The alert policy and the mutes: which alerts are announced and which are suppressed. */
export interface AlertPolicies {
  read(): Promise<AlertPolicyState>
  replace(policy: AlertPolicy): Promise<AlertPolicyState>
  /**
   * @throws {InvalidInputError} for a source that is no network, or an end that is not possible.
   * @throws {ForbiddenError} for a broad or long mute by an analyst. @throws {ConflictError} when 500 are in force.
   */
  mute(request: NewAlertMute, actor: Pick<LiveLogin, 'username' | 'role'>): Promise<AlertMute>
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
        throw new InvalidInputError('the source is not an IP address or a network', [
          { pointer: '/source', message: 'an address, or CIDR notation such as 203.0.113.0/24' },
        ])
      }
      const start = now()
      const end = expires_at === null ? start + ANALYST_MAX_MS : Date.parse(expires_at)
      const request = { start, end, broadBecause: breadthOf(network), pointer: '/expires_at' }
      requireBounded(request, actor.role, start)
      const mute = await store.addMute({
        id: uuidV7(),
        source: network?.text ?? null,
        sensor_id,
        reason,
        created_by: actor.username,
        created_at: new Date(start),
        expires_at: new Date(end),
      })
      if (!mute) throw new ConflictError(`the limit of ${MAX_MUTES} mutes is reached; end one of them first`)
      return mute
    },
    async unmute(id) {
      if (!(await store.removeMute(id)))
        throw new NotFoundError(
          `mute ${id} was not found or has ended; GET /alerts/policy lists the mutes in force`,
        )
    },
  }
}

/** Shorter prefixes hold more than one organization. */
const NARROWEST_BITS = { ipv4: 16, ipv6: 32 }

/** Why a mute of this network is broad; null when it is not. */
function breadthOf(network: Network | null): string | null {
  if (!network) return 'without a source it covers whoever attacks the sensor'
  const [address = '', bits] = network.text.split('/')
  const least = address.includes(':') ? NARROWEST_BITS.ipv6 : NARROWEST_BITS.ipv4
  return bits !== undefined && Number(bits) < least ? `a network larger than a /${least} is broad` : null
}
