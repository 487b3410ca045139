import type { Socket } from 'node:net'
import { clientBlockOf } from '../../domain/ip-address.js'
import type { Network } from '../../domain/networks.js'

export interface OpenConnectionsOptions {
  /** Addresses that may connect. */
  allowed: readonly Network[]
  maxConnections: number
  /** Of one address; of IPv6, of one /64. */
  maxConnectionsPerAddress: number
}

/** The connections of a port, of which there are no more than it may have. */
export interface OpenConnections {
  /** Adds a connection until it closes. @returns why it may not be served, and was not added; null otherwise. */
  add(socket: Socket, address: string): OpenConnectionsRefusal | null
  count(): number
  /** Closes all of them at once. */
  destroyAll(): void
}

/** The address may not connect; there are as many connections as may be, in all or of the address. */
export type OpenConnectionsRefusal = 'not_allowed' | 'too_many_connections' | 'too_many_of_address'

export function createOpenConnections(options: OpenConnectionsOptions): OpenConnections {
  const { allowed, maxConnections, maxConnectionsPerAddress } = options
  const open = new Map<Socket, string>()

  function refusalOf(address: string): OpenConnectionsRefusal | null {
    if (!allowed.some((network) => network.contains(address))) return 'not_allowed'
    if (open.size >= maxConnections) return 'too_many_connections'
    const block = clientBlockOf(address)
    const ofAddress = [...open.values()].filter((other) => other === block).length
    return ofAddress >= maxConnectionsPerAddress ? 'too_many_of_address' : null
  }

  return {
    add(socket, address) {
      const reason = refusalOf(address)
      if (reason !== null) return reason
      open.set(socket, clientBlockOf(address))
      socket.once('close', () => open.delete(socket))
      return null
    },
    count: () => open.size,
    destroyAll() {
      for (const socket of open.keys()) socket.destroy()
      open.clear()
    },
  }
}
