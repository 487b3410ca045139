import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { canonicalIp } from '../../domain/ip-address.js'

/** Who sent a datagram. */
export interface DatagramSource {
  /** Canonical, so that an IPv4 sender is the same on a port of both families. */
  address: string
  port: number
}

export interface DatagramPortOptions {
  host: string
  port: number
  /** What the kernel keeps of what this process has not read yet, in bytes, where it may; unset: what is usual. */
  receiveBufferBytes?: number
  /** @param reply sends an answer; a sender whose address or port takes none gets none. */
  onMessage(message: Buffer, source: DatagramSource, reply: (answer: Buffer) => void): void
}

/** A UDP port. */
export interface DatagramPort {
  /** @throws {Error} when the port cannot be listened on. */
  start(): Promise<void>
  /** Receives nothing more. */
  stop(): Promise<void>
}

export function createDatagramPort({
  host,
  port,
  receiveBufferBytes,
  onMessage,
}: DatagramPortOptions): DatagramPort {
  const socket = createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    ...(receiveBufferBytes !== undefined && { recvBufferSize: receiveBufferBytes }),
  })
  socket.on('message', (message, { address, port: fromPort }) => {
    const source = { address: canonicalIp(address) ?? address, port: fromPort }
    onMessage(message, source, (answer) => socket.send(answer, fromPort, address, () => {}))
  })
  return {
    start: () =>
      new Promise((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address: host, port }, () => {
          socket.off('error', reject)
          // What fails now is one datagram.
          socket.on('error', () => {})
          resolve()
        })
      }),
    stop: () => new Promise((resolve) => void socket.close(() => resolve())),
  }
}
