import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createUnderWay, type UnderWay } from '../../platform/under-way.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createWeakLogins } from '../bait/weak-logins.js'
import { createCaptureBudget } from '../connection/capture.js'
import { createSessionLog, type SessionLog } from '../connection/session-log.js'
import { textOf } from '../connection/text.js'
import type { CreateDecoy, DecoyAction, DecoySurroundings } from '../decoy.js'
import { readBaitFile } from './bait-file.js'
import { baitPagesOf } from './bait-pages.js'
import { httpProfileOf, reasonOf } from './http-profile.js'
import { loginPagesOf } from './login-pages.js'
import { rawErrorAnswer } from './responses.js'
import { type Site, serveRequest } from './site.js'

const DEFAULT_PORT = 8081
const MAX_HEADER_BYTES = 16_384
const MAX_HEADERS = 100
const MAX_REQUESTS = 200
/** For one request to arrive, and for the next one to begin. */
const REQUEST_MS = 30_000
/** Of bodies that are arriving, of all connections. */
const MAX_ARRIVING_BYTES = 64 * 1024 * 1024
/** Of bytes that are no request, in their record. */
const MAX_RECORDED = 1_024

/** A connection as the decoy has it. */
interface HttpConnection {
  log: SessionLog
  /** Of what was sent that is no HTTP, which ends it; recorded after the requests before it. */
  invalid: DecoyAction | null
  /** Begins the time of the next request. */
  restart(): void
  /** Requests that are being answered. */
  pending: UnderWay
}

/** A web server with login pages and bait. @throws {BaitFileError} */
export const createHttpDecoy: CreateDecoy = (surroundings) => {
  const { identity } = surroundings
  const bait = baitSecretsOf(identity)
  const site = siteOf(surroundings)
  const connections = new WeakMap<Duplex, HttpConnection>()
  const server = createHttpServer(site, connections)

  return {
    protocol: 'http',
    defaultPort: DEFAULT_PORT,
    serve(socket, session, stopping) {
      return new Promise((resolve) => {
        const log = createSessionLog(session, 'http', bait)
        const stop = () => void socket.destroy()
        let timer = setTimeout(stop, REQUEST_MS)
        const restart = () => {
          clearTimeout(timer)
          // The last answer of a connection ends after it; a timer would keep what is left of both.
          if (!socket.destroyed) timer = setTimeout(stop, REQUEST_MS)
        }
        const pending = createUnderWay()
        const connection: HttpConnection = { log, restart, pending, invalid: null }
        connections.set(socket, connection)
        socket.on('error', () => {})
        socket.once('close', () => {
          clearTimeout(timer)
          stopping.removeEventListener('abort', stop)
          void pending.settled().then(() => {
            if (connection.invalid !== null) log.record(connection.invalid)
            log.end()
            resolve()
          })
        })
        if (stopping.aborted) stop()
        stopping.addEventListener('abort', stop, { once: true })
        server.emit('connection', socket)
      })
    },
  }
}

function siteOf({ identity, now, baitFile }: DecoySurroundings): Site {
  const bait = baitSecretsOf(identity)
  const profile = httpProfileOf(identity)
  const configured = baitFile === undefined ? [] : readBaitFile(baitFile)
  const logins = loginPagesOf(identity).flatMap((page) => page.paths.map((path) => [path, page] as const))
  return {
    profile,
    pages: new Map([...baitPagesOf(identity, bait, profile, now()), ...configured]),
    logins: new Map(logins),
    weakLogins: createWeakLogins(identity, 'http', bait),
    budget: createCaptureBudget(MAX_ARRIVING_BYTES),
    now,
  }
}

/** A server that listens on no port of its own: connections are handed to it. */
function createHttpServer(site: Site, connections: WeakMap<Duplex, HttpConnection>): Server {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 0 },
    (request, response) => {
      const connection = connections.get(request.socket)
      if (!connection) return
      response.on('error', () => {})
      response.once('close', connection.restart)
      connection.pending.add(
        serveRequest(request, response, connection.log, site).catch(() => void request.socket.destroy()),
      )
    },
  )
  server.maxHeadersCount = MAX_HEADERS
  server.maxRequestsPerSocket = MAX_REQUESTS
  server.on('connect', (request, socket) => refuseConnect(request, socket, site, connections))
  server.on('clientError', (error, socket) => refuseInvalid(error, socket, site, connections))
  return server
}

/** Another host was asked for; nothing is connected to. */
function refuseConnect(
  { url = '', headers }: IncomingMessage,
  socket: Duplex,
  { profile, now }: Site,
  connections: WeakMap<Duplex, HttpConnection>,
): void {
  const client = headers['user-agent']
  connections.get(socket)?.log.record({
    event_type: 'proxy_request',
    action: 'http.connect_method',
    url: `tcp://${url}`,
    ...(client !== undefined && { client }),
  })
  finish(socket, rawErrorAnswer(profile, 405, reasonOf(405), now()))
}

/** What is no HTTP, or has a part beyond its limit. */
function refuseInvalid(
  error: NodeJS.ErrnoException & { rawPacket?: Buffer },
  socket: Duplex,
  { profile, now }: Site,
  connections: WeakMap<Duplex, HttpConnection>,
): void {
  const connection = connections.get(socket)
  const isBroken = error.code === 'ECONNRESET' || error.code === 'EPIPE'
  if (connection && !isBroken) {
    connection.invalid ??= {
      event_type: 'other',
      action: 'http.invalid',
      message: textOf((error.rawPacket ?? Buffer.alloc(0)).subarray(0, MAX_RECORDED)),
      details: { cause: error.code ?? error.message },
    }
  }
  // What the same bytes had before it is read first.
  setImmediate(() => finish(socket, rawErrorAnswer(profile, 400, reasonOf(400), now())))
}

/** Reads on for a moment, so that the client receives the answer; the time of the connection ends it otherwise. */
function finish(socket: Duplex, answer: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(answer, () => (socket as Socket).destroy())
}
