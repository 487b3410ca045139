import type { CanaryDns, CanaryDnsCheck, CanaryDnsStep, CanaryZone } from '@eviltwin/contract'
import { timestampOf } from '../../../domain/timestamp.js'
import type { NameResolver } from '../../../platform/outbound/name-resolver.js'
import { singleFlight } from '../../../platform/single-flight.js'
import type { Proofs } from '../proofs.js'
import { OVER_TCP, serverOf } from './answer.js'

/** What is configured of the zone of tokens. */
export type ZoneSettings = Omit<CanaryZone, 'records'>

export interface DelegationOptions {
  settings: ZoneSettings
  proofs: Pick<Proofs, 'request'>
  resolver: NameResolver
  now: () => number
}

/** How the zone of tokens is delegated to this server. */
export interface Delegation {
  /** The records that somebody must create in the parent zone. */
  about: CanaryDns
  /** Asks a resolver as an intruder would, and sees who answers. Checks at the same time are one. */
  check(): Promise<CanaryDnsCheck>
}

export function createDelegation({ settings, proofs, resolver, now }: DelegationOptions): Delegation {
  const { name: zone, address } = settings
  const server = serverOf(settings)

  async function step(name: CanaryDnsStep['name'], seen: () => Promise<Seen>): Promise<CanaryDnsStep> {
    try {
      return { name, ...(await seen()) }
    } catch (error) {
      return { name, outcome: 'failed', detail: failureOf(name, error as NodeJS.ErrnoException, settings) }
    }
  }

  async function delegated(): Promise<Seen> {
    const names = await resolver.lookUp('NS', zone)
    return names.some((name) => name.toLowerCase() === server)
      ? { outcome: 'ok', detail: `The name server of ${zone} is ${server}.` }
      : { outcome: 'failed', detail: `The name servers of ${zone} are others: ${shown(names)}.` }
  }

  async function addressed(): Promise<Seen> {
    const addresses = await resolver.lookUp('A', server)
    const detail = `${server} has the address ${shown(addresses)}.`
    return address === null || addresses.includes(address)
      ? { outcome: 'ok', detail }
      : { outcome: 'failed', detail: `${detail} CANARY_DNS_ADDRESS is ${address}.` }
  }

  async function answered(prefix: string): Promise<Seen> {
    const request = proofs.request()
    const texts = await resolver.lookUp('TXT', `${prefix}${request.text}.${zone}`)
    return texts.includes(request.answer)
      ? { outcome: 'ok', detail: 'A lookup through the resolver reached this server.' }
      : { outcome: 'failed', detail: 'Another server answered for the zone.' }
  }

  return {
    about: {
      zone: {
        ...settings,
        records: [
          { name: `${zone}.`, type: 'NS', value: `${server}.` },
          { name: `${server}.`, type: 'A', value: address },
        ],
      },
    },
    check: singleFlight(async () => ({
      zone,
      steps: await Promise.all([
        step('delegation', delegated),
        step('address', addressed),
        step('udp', () => answered('')),
        step('tcp', () => answered(`${OVER_TCP}.`)),
      ]),
      checked_at: timestampOf(now()),
    })),
  }
}

type Seen = Omit<CanaryDnsStep, 'name'>

const shown = (names: readonly string[]) => names.slice(0, 5).join(', ')

/** What is missing, by what the resolver said (c-ares). */
function failureOf(
  step: CanaryDnsStep['name'],
  { code, message }: NodeJS.ErrnoException,
  settings: ZoneSettings,
): string {
  const { name: zone, port, address } = settings
  const server = serverOf(settings)
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      if (step === 'delegation')
        return `The parent zone does not delegate ${zone}: create its NS record there.`
      if (step === 'address')
        return address === null
          ? `${server} has no address: create its A record in the parent zone, and set CANARY_DNS_ADDRESS.`
          : `${server} has no address: create its A record in the parent zone.`
      return `${zone} is not delegated to this server. Resolvers may remember that for some minutes after it was changed.`
    case 'ESERVFAIL':
    case 'ETIMEOUT':
    case 'ECANCELLED':
      return `No name server answered for ${zone}. Port 53 of the address of ${server} must lead to port ${port} of this server, over UDP and TCP.`
    case 'ECONNREFUSED':
      return 'The resolver of this server cannot be reached; see CANARY_DNS_RESOLVERS.'
    default:
      return `The resolver answered ${code ?? message}.`
  }
}
