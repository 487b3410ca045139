import type { SyntheticTarget } from '@eviltwin/contract'
import type { AddressGuard } from '../../../platform/outbound/address-guard.js'

/** Where a registered sensor is, as it may be connected to. */
export interface TargetAddress {
  address: string
  port: number
}

/**
 * The address of a target, checked anew before each attack: its name may point elsewhere by now.
 * @throws {ForbiddenTargetError} for an address that OUTBOUND_ALLOWED_NETWORKS does not open.
 */
export async function addressOf(
  { host, port }: SyntheticTarget,
  guard: AddressGuard,
  deadline: AbortSignal,
): Promise<TargetAddress> {
  if (host === null || port === null) throw new Error('the target has no host and port')
  const { address } = await guard.addressOf(host, deadline)
  return { address, port }
}
