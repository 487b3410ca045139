import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { isIPv6, type Socket } from 'node:net'
import { canonicalIp, clientBlockOf } from '../../../domain/ip-address.js'
import { networks } from '../../../domain/networks.js'
import type { CanaryDnsOutcome, Publish } from '../../../domain/platform-event.js'
import { createStreamListener } from '../../../platform/sockets/stream-listener.js'
import { type DnsZone, errorTo, isAnswered, labelsBefore, responseTo, truncatedTo } from './answer.js'
import type { AnswerBudget } from './answer-budget.js'
import { type DnsQuery, readQuery } from './query.js'

/** A name in the zone that somebody looked up. */
export interface Lookup {
  /** The labels before the zone, the leftmost first; at least one. */
  labels: readonly string[]
  /** IANA number of the record type. */
  type: number
  /** The resolver, or whoever asked directly. */
  source_ip: string
  source_port: number
  /** For whom the resolver asks, such as 203.0.113.0/24 (RFC 7871); it may be invented. */
  client_subnet: string | null
}

export interface DnsServerOptions {
  host: string
  port: number
  zone: DnsZone
  budget: AnswerBudget
  maxConnections: number
  /** How long a connection may send nothing, and how long it may last; by default {@link IDLE_MS} and {@link CONNECTION_MS}. */
  idleMs?: number
  connectionMs?: number
  publish: Publish
  /** Called after the answer was sent. */
  onLookup: (lookup: Lookup) => void
}

/** An authoritative server for one zone, over UDP and TCP (RFC 1035, RFC 7766). */
export interface DnsServer {
  /** @throws {Error} when the port cannot be listened on. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Over TCP. */
  connections(): number
}

const MAX_CONNECTIONS_PER_ADDRESS = 8
const MAX_QUERIES_PER_CONNECTION = 32
const MAX_MESSAGE_BYTES = 1_232
const IDLE_MS = 5_000
const CONNECTION_MS = 30_000
const LENGTH_BYTES = 2

export function createDnsServer(options: DnsServerOptions): DnsServer {
  const { host, port, maxConnections, publish } = options
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const listener = createStreamListener({
    host,
    port,
    allowed: networks('0.0.0.0/0', '::/0'),
    maxConnections,
    maxConnectionsPerAddress: MAX_CONNECTIONS_PER_ADDRESS,
    onRefused: () => publish({ kind: 'canary_dns_connection_refused' }),
    serve: (connection, address, stopping) => serveStream(options, connection, address, stopping),
  })
  socket.on('message', (message, { address, port: fromPort }) => {
    const source = { address: canonicalIp(address) ?? address, port: fromPort }
    const reply = (answer: Buffer) => send(socket, answer, address, fromPort)
    publish({
      kind: 'canary_dns_query',
      transport: 'udp',
      outcome: answerDatagram(options, message, source, reply),
    })
  })
  return {
    async start() {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address: host, port }, () => {
          socket.off('error', reject)
          socket.on('error', () => {})
          resolve()
        })
      })
      await listener.start()
    },
    connections: listener.connections,
    async stop() {
      await Promise.all([new Promise<void>((resolve) => socket.close(() => resolve())), listener.stop()])
    },
  }
}

/** A client whose address or port takes no answer gets none. */
function send(socket: DatagramSocket, answer: Buffer, address: string, port: number): void {
  socket.send(answer, port, address, () => {})
}

interface Source {
  address: string
  port: number
}

function answerDatagram(
  options: DnsServerOptions,
  message: Buffer,
  source: Source,
  reply: (answer: Buffer) => void,
): CanaryDnsOutcome {
  const query = readQuery(message)
  // Port 0 is of nobody, and cannot be sent to.
  if (source.port === 0 || ('problem' in query && query.problem === 'ignore')) return 'ignored'
  const taken = options.budget.take(clientBlockOf(source.address))
  if (taken === 'drop') return 'dropped'
  if ('problem' in query) {
    reply(errorTo(query))
    return query.problem
  }
  if (taken === 'truncate') {
    reply(truncatedTo(query))
    return 'truncated'
  }
  reply(responseTo(options.zone, query, message.length))
  return report(options, query, source)
}

/** Hands on what a query that was answered looked up. */
function report(
  { zone, onLookup }: DnsServerOptions,
  query: DnsQuery,
  source: Source,
): 'answered' | 'refused' {
  const labels = isAnswered(zone, query) ? labelsBefore(zone, query) : null
  if (labels === null) return 'refused'
  if (labels.length > 0)
    onLookup({
      labels,
      type: query.type,
      source_ip: source.address,
      source_port: source.port,
      client_subnet: query.edns?.clientSubnet ?? null,
    })
  return 'answered'
}

/** Messages behind their length, a bounded number of them. */
async function serveStream(
  options: DnsServerOptions,
  socket: Socket,
  address: string,
  stopping: AbortSignal,
): Promise<void> {
  const source = { address, port: socket.remotePort ?? 0 }
  const end = () => socket.destroy()
  const timer = setTimeout(end, options.connectionMs ?? CONNECTION_MS)
  socket.setTimeout(options.idleMs ?? IDLE_MS, end)
  stopping.addEventListener('abort', end, { once: true })
  let received = Buffer.alloc(0)
  let queries = 0
  try {
    for await (const part of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, part])
      while (received.length >= LENGTH_BYTES) {
        const length = received.readUInt16BE(0)
        if (length > MAX_MESSAGE_BYTES) return
        if (received.length < LENGTH_BYTES + length) break
        queries += 1
        const message = received.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
        if (queries > MAX_QUERIES_PER_CONNECTION || !answerStream(options, message, source, socket)) return
        received = received.subarray(LENGTH_BYTES + length)
      }
    }
  } finally {
    clearTimeout(timer)
    stopping.removeEventListener('abort', end)
  }
}

/** @returns false: the connection is of no use. */
function answerStream(options: DnsServerOptions, message: Buffer, source: Source, socket: Socket): boolean {
  const query = readQuery(message)
  const isUsable = !('problem' in query)
  let outcome: CanaryDnsOutcome
  if (isUsable) {
    const answer = responseTo(options.zone, query, null)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt16BE(answer.length, 0)
    socket.write(Buffer.concat([length, answer]))
    outcome = report(options, query, source)
  } else outcome = query.problem === 'ignore' ? 'ignored' : query.problem
  options.publish({ kind: 'canary_dns_query', transport: 'tcp', outcome })
  return isUsable
}
