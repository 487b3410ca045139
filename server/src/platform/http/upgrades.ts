import websocket from '@fastify/websocket'
import type { App } from './types.js'

/** Acknowledgements are small; nothing else is expected. */
const MAX_MESSAGE_BYTES = 64 * 1024

/**
 * Lets routes speak WebSocket (RFC 6455). Must come before every hook that can refuse a request: the plugin ends the
 * connection of a refused upgrade, but only if it saw the request first; otherwise each would hold a socket for ever.
 * @param compression permessage-deflate (RFC 7692) costs memory a client and time a message; off unless asked for.
 */
export async function acceptUpgrades(app: App, compression: boolean): Promise<void> {
  await app.register(websocket, {
    options: { perMessageDeflate: compression, maxPayload: MAX_MESSAGE_BYTES },
  })
}
