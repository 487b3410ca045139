import { ChildProcess } from 'node:child_process'
import { Socket as DatagramSocket } from 'node:dgram'
import { Socket } from 'node:net'

/** A decoy tried to reach something that is not the platform. */
export class OutboundRefusedError extends Error {
  override name = 'OutboundRefusedError'
}

/** As `Socket.connect` is given them. */
interface Target {
  host?: unknown
  port?: unknown
  path?: unknown
}

/**
 * From now on this process opens connections to the host and port of `url` alone, and sends no datagrams and starts no programs, whatever
 * part of it tries to. What an attacker asks a decoy to reach is not reached, also when a decoy has a mistake.
 * @param onRefused is called for each attempt.
 */
export function guardOutbound(url: string, onRefused: (target: string) => void): void {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const allowedPort = Number(port) || (protocol === 'https:' ? 443 : 80)

  const refuse = (target: string): never => {
    onRefused(target)
    throw new OutboundRefusedError(`a decoy connects to ${host}:${allowedPort} alone, not to ${target}`)
  }
  const refuseAlways = (what: string) => () => refuse(what)

  const connect = Socket.prototype.connect as (this: Socket, ...parameters: unknown[]) => Socket
  Socket.prototype.connect = function guarded(this: Socket, ...parameters: unknown[]): Socket {
    const target = targetOf(parameters)
    if (target.path !== undefined && target.path !== null) return refuse(String(target.path))
    const named = String(target.host ?? 'localhost').replace(/^\[|\]$/g, '')
    if (named !== host || Number(target.port) !== allowedPort)
      return refuse(`${named}:${String(target.port)}`)
    return connect.apply(this, parameters)
  } as Socket['connect']
  DatagramSocket.prototype.send = refuseAlways('a datagram') as typeof DatagramSocket.prototype.send
  DatagramSocket.prototype.connect = refuseAlways('a datagram') as typeof DatagramSocket.prototype.connect
  const processes = ChildProcess.prototype as unknown as { spawn: () => never }
  processes.spawn = refuseAlways('a program')
}

/** Node calls it with what its caller gave (options, a path, or a port and a host), or with these normalized into an array. */
function targetOf(parameters: readonly unknown[]): Target {
  const [first, second] = parameters
  if (Array.isArray(first)) return targetOf(first)
  if (typeof first === 'object' && first !== null) return first
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first }
  return { port: first, host: typeof second === 'string' ? second : undefined }
}
