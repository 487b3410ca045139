import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { canonicalIp } from '../../domain/ip-address.js'

/** A port that waits for one data connection of one client. */
export interface DataPort {
  port: number
  /** The data connection; null where the client opens none in time, or another address does. */
  socket(): Promise<Socket | null>
  close(): void
}

/** Data ports of all connections of a decoy. */
export interface DataPorts {
  /** @returns null where there are too many, or the host gives none. */
  open(localAddress: string, clientAddress: string): Promise<DataPort | null>
  count(): number
}

const MAX_PORTS = 64
export interface DataPortTimes {
  /** How long a port waits for its connection. */
  waitMs: number
  /** How long a data connection may last. */
  transferMs: number
}

const TIMES: DataPortTimes = { waitMs: 10_000, transferMs: 30_000 }

/** Ports are on the address that the client already talks with, each for one connection of that client. */
export function createDataPorts(times = TIMES): DataPorts {
  let open = 0
  return {
    count: () => open,
    async open(localAddress, clientAddress) {
      if (open >= MAX_PORTS) return null
      open += 1
      const server = createServer()
      server.once('close', () => {
        open -= 1
      })
      const port = dataPort(server, clientAddress, times)
      try {
        server.listen({ host: localAddress, port: 0, backlog: 1 })
        await once(server, 'listening')
      } catch {
        port.close()
        return null
      }
      return { ...port, port: (server.address() as AddressInfo).port }
    },
  }
}

function dataPort(
  server: Server,
  clientAddress: string,
  { waitMs, transferMs }: DataPortTimes,
): Omit<DataPort, 'port'> {
  let accepted: Socket | null = null
  let settle: (socket: Socket | null) => void = () => {}
  const connected = new Promise<Socket | null>((resolve) => {
    settle = resolve
  })
  const close = () => {
    clearTimeout(timer)
    if (server.listening) server.close()
    else server.emit('close')
    accepted?.destroy()
    settle(null)
  }
  let timer = setTimeout(close, waitMs)
  server.on('error', () => {})
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    const isClient = canonicalIp(socket.remoteAddress ?? '') === canonicalIp(clientAddress)
    if (accepted !== null || !isClient) {
      socket.destroy()
      return
    }
    accepted = socket
    clearTimeout(timer)
    timer = setTimeout(close, transferMs)
    settle(socket)
  })
  return { socket: () => connected, close }
}
