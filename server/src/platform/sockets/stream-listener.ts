import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { canonicalIp, clientBlockOf } from '../../domain/ip-address.js'
import type { Network } from '../../domain/networks.js'

/** Why a connection is not served. */
export type ConnectionRefusal = 'not_allowed' | 'too_many_connections' | 'too_many_of_address' | 'tls_failed'

export interface StreamListenerOptions {
  host: string
  port: number
  /** With these the connection is TLS, 1.2 or newer. */
  tls?: Pick<TlsOptions, 'key' | 'cert' | 'ca'>
  /** Addresses that may connect. */
  allowed: readonly Network[]
  maxConnections: number
  /** Of one address; of IPv6, of one /64. */
  maxConnectionsPerAddress: number
  onRefused: (reason: ConnectionRefusal, address: string) => void
  /**
   * Serves a connection until it is done; the connection is closed then. `stopping` aborts when the server stops: what was received is
   * finished, nothing more is read.
   */
  serve: (socket: Socket, address: string, stopping: AbortSignal) => Promise<void>
}

/** A TCP or TLS port with a bounded number of connections. */
export interface StreamListener {
  /** @throws {Error} when the port cannot be listened on. */
  start(): Promise<void>
  /** Accepts nothing more and resolves once every connection is done, after a few seconds at the latest. */
  stop(): Promise<void>
  connections(): number
}

const HANDSHAKE_MS = 10_000
/** How long connections may take to finish what they received; the whole stop of a server has 9 s. */
const STOP_MS = 2_000

export function createStreamListener(options: StreamListenerOptions): StreamListener {
  const { host, port, tls, allowed, maxConnections, maxConnectionsPerAddress, onRefused } = options
  const open = new Map<Socket, string>()
  const serving = new Set<Promise<void>>()
  const stopping = new AbortController()
  const tlsServer = tls
    ? createTlsServer({
        ...tls,
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE_MS,
        requestCert: tls.ca !== undefined,
        rejectUnauthorized: tls.ca !== undefined,
      })
    : null
  const server: Server = createServer({ keepAlive: true }, admit)
  tlsServer?.on('secureConnection', (socket) => serve(socket, addressOf(socket)))
  tlsServer?.on('tlsClientError', (_error, socket) => {
    onRefused('tls_failed', addressOf(socket))
    socket.destroy()
  })

  function admit(socket: Socket): void {
    // A sender that goes away is an end like any other.
    socket.on('error', () => {})
    const address = addressOf(socket)
    const reason = refusalOf(address)
    if (reason !== null) {
      onRefused(reason, address)
      socket.destroy()
      return
    }
    open.set(socket, clientBlockOf(address))
    socket.once('close', () => open.delete(socket))
    if (tlsServer) tlsServer.emit('connection', socket)
    else serve(socket, address)
  }

  function refusalOf(address: string): ConnectionRefusal | null {
    if (!allowed.some((network) => network.contains(address))) return 'not_allowed'
    if (open.size >= maxConnections) return 'too_many_connections'
    const block = clientBlockOf(address)
    const ofAddress = [...open.values()].filter((other) => other === block).length
    return ofAddress >= maxConnectionsPerAddress ? 'too_many_of_address' : null
  }

  function serve(socket: Socket, address: string): void {
    socket.on('error', () => {})
    const served = options
      .serve(socket, address, stopping.signal)
      .catch(() => {})
      .then(() => {
        socket.destroy()
        serving.delete(served)
      })
    serving.add(served)
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          server.on('error', () => {})
          resolve()
        })
      }),
    async stop() {
      server.close()
      stopping.abort()
      await Promise.race([Promise.all(serving), sleep(STOP_MS, undefined, { ref: false })])
      for (const socket of open.keys()) socket.destroy()
      open.clear()
    },
    connections: () => open.size,
  }
}

/** Canonical, so that an IPv4 sender is the same on a port of both families; empty once the sender is gone. */
function addressOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  return canonicalIp(remoteAddress) ?? remoteAddress
}
