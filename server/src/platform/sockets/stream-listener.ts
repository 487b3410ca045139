import { setMaxListeners } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls'
import { canonicalIp } from '../../domain/ip-address.js'
import { createUnderWay } from '../under-way.js'
import {
  createOpenConnections,
  type OpenConnectionsOptions,
  type OpenConnectionsRefusal,
} from './open-connections.js'

/** Why a connection is not served. */
export type ConnectionRefusal = OpenConnectionsRefusal | 'tls_failed'

export interface StreamListenerOptions extends OpenConnectionsOptions {
  host: string
  port: number
  /** With these the connection is TLS, 1.2 or newer. */
  tls?: Pick<TlsOptions, 'key' | 'cert' | 'ca'>
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
  /** That it listens on; only once it has started. */
  port(): number
}

const HANDSHAKE_MS = 10_000
/** How long connections may take to finish what they received; the whole stop of a server has 9 s. */
const STOP_MS = 2_000

export function createStreamListener(options: StreamListenerOptions): StreamListener {
  const { host, port, tls, onRefused } = options
  const open = createOpenConnections(options)
  const serving = createUnderWay()
  const stopping = new AbortController()
  // Each connection listens to it: there are as many as there may be, and no leak that a warning should be about.
  setMaxListeners(0, stopping.signal)
  const tlsServer = tls ? tlsServerOf(tls) : null
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
    const reason = open.add(socket, address)
    if (reason !== null) {
      onRefused(reason, address)
      socket.destroy()
      return
    }
    if (tlsServer) tlsServer.emit('connection', socket)
    else serve(socket, address)
  }

  function serve(socket: Socket, address: string): void {
    socket.on('error', () => {})
    serving.add(
      options
        .serve(socket, address, stopping.signal)
        .catch(() => {})
        .then(() => socket.destroy()),
    )
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
      await Promise.race([serving.settled(), sleep(STOP_MS, undefined, { ref: false })])
      open.destroyAll()
    },
    connections: open.count,
    port: () => (server.address() as AddressInfo).port,
  }
}

/** Without a port of its own: it is given connections that were admitted. */
function tlsServerOf(tls: NonNullable<StreamListenerOptions['tls']>): TlsServer {
  return createTlsServer({
    ...tls,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: tls.ca !== undefined,
  })
}

/** Canonical, so that an IPv4 sender is the same on a port of both families; empty once the sender is gone. */
function addressOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  return canonicalIp(remoteAddress) ?? remoteAddress
}
