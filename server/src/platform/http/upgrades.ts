import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import websocket from '@fastify/websocket'
import type { App } from './types.js'

/** Acknowledgements are small; nothing else is expected. */
const MAX_MESSAGE_BYTES = 64 * 1024

/**
 * Lets routes speak WebSocket (RFC 6455); everywhere else a request with `Upgrade` is answered as if it had none (RFC 9110 7.8), so that
 * `curl --http2` gets an answer and no header hides the visit of a canary. Must come before every hook that can refuse a request: the
 * plugin ends the connection of a refused upgrade, but only if it saw the request first; otherwise each would hold a socket for ever.
 * @param compression permessage-deflate (RFC 7692) costs memory a client and time a message; off unless asked for.
 */
export async function acceptUpgrades(app: App, compression: boolean): Promise<void> {
  const paths = new Set<string>()
  app.addHook('onRoute', ({ websocket: isWebsocket, url }) => {
    if (isWebsocket) paths.add(url)
  })
  // It never listens: what is for the plugin is handed to it here.
  const handedOver = createServer()
  await app.register(websocket, {
    options: { server: handedOver, perMessageDeflate: compression, maxPayload: MAX_MESSAGE_BYTES },
  })
  // What the parser leaves out of a list of headers, such as the length of a body, would be missing when a request is put back. Their
  // bytes are bounded (16 KiB).
  app.server.maxHeadersCount = 0
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    const { upgrade = '' } = request.headers
    const isWebsocket = paths.has(path) && upgrade.toLowerCase() === 'websocket'
    onceAnswered(socket, () => {
      if (isWebsocket) handedOver.emit('upgrade', request, socket, head)
      else answerWithoutUpgrade(app, request, socket, head)
    })
  })
  // The only expectation that is known is handled before (RFC 9110 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
}

/** Node keeps the answer that is being sent by a connection under this name. */
type AnsweringSocket = Duplex & { _httpMessage?: ServerResponse | null }

/**
 * Goes on once the requests before are answered: answers are sent in the order of their requests, which neither the second reading nor a
 * WebSocket would know of. A client that leaves meanwhile gets none. Node takes its own listeners away before it gives a connection to an
 * upgrade, and an error that nobody listens for ends the process.
 */
function onceAnswered(socket: AnsweringSocket, goOn: () => void): void {
  const ignore = () => {}
  socket.on('error', ignore)
  const next = () => {
    if (socket.destroyed) return
    const unfinished = socket._httpMessage
    if (unfinished) return void unfinished.once('close', next)
    goOn()
    socket.off('error', ignore)
  }
  next()
}

/**
 * Puts the request back without its `Upgrade`, and lets the server read it again. Node has stopped reading the connection at the end of
 * its headers; the body, if any, is still to come.
 */
function answerWithoutUpgrade(app: App, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (!/^(?:upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[i + 1]}`)
  }
  // The time after the answer before, which would also end this one.
  if (socket instanceof Socket) socket.setTimeout(0)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  app.server.emit('connection', socket)
}
