import { networks } from '../../domain/networks.js'
import type { Logger } from '../../platform/logger.js'
import { createStreamListener, type StreamListener } from '../../platform/sockets/stream-listener.js'
import type { Decoy } from '../decoy.js'
import { type ConnectionLimits, limitConnection } from './connection-limits.js'
import { type DecoySessionOptions, openDecoySession } from './decoy-sessions.js'

export interface DecoyPortOptions extends Omit<DecoySessionOptions, 'protocol' | 'onFull'> {
  decoy: Decoy
  host: string
  maxConnections: number
  maxConnectionsPerAddress: number
  limits: ConnectionLimits
  log: Logger
}

/** A port that a decoy serves, with bounded connections, each a session. */
export interface DecoyPort extends StreamListener {
  /** Connections that were refused so far: there were too many, in all or of one address. */
  refused(): number
}

const EVERYBODY = networks('0.0.0.0/0', '::/0')

export function createDecoyPort(options: DecoyPortOptions): DecoyPort {
  const { decoy, host, port, maxConnections, maxConnectionsPerAddress, limits, log } = options
  const monotonic = () => performance.now()
  let refused = 0
  const listener = createStreamListener({
    host,
    port,
    allowed: EVERYBODY,
    maxConnections,
    maxConnectionsPerAddress,
    onRefused(reason, address) {
      refused += 1
      log.warning('Connection refused', { reason, source_ip: address })
    },
    async serve(socket, address, stopping) {
      let isFull = false
      const onFull = () => {
        isFull = true
        socket.destroy()
      }
      const { session, end } = openDecoySession(
        { ...options, protocol: decoy.protocol, port: listener.port(), onFull },
        address,
        socket.remotePort ?? 0,
      )
      const limited = limitConnection(socket, limits, monotonic)
      let failed = false
      try {
        await decoy.serve(socket, session, stopping)
      } catch (error) {
        failed = true
        log.error('A decoy failed in a connection', {
          cause: (error as Error).stack ?? String(error),
          session_id: session.id,
        })
      }
      const ended = isFull ? 'too many records' : failed ? 'an error of the decoy' : 'closed'
      const reason = limited() ?? (stopping.aborted ? 'the decoy stops' : ended)
      end({ bytesReceived: socket.bytesRead, bytesSent: socket.bytesWritten, reason })
    },
  })
  return { ...listener, refused: () => refused }
}
