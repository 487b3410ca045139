import type { Connection } from 'ssh2'
import type { DecoyAction, DecoySession } from '../decoy.js'

/** Channels that are open at the same time. */
const MAX_CHANNELS = 16
/** Of what a client sends through a channel. */
const MAX_SAMPLE_BYTES = 1_024
/** A channel through which nothing is sent is closed. */
const SILENT_MS = 30_000

/**
 * Records what a client asks to be forwarded, and connects it to nothing. A channel to another host is opened, so that the client sends what it
 * would send there; the beginning of that is recorded, and the channel is closed.
 */
export function recordForwarding(client: Connection, session: DecoySession): void {
  let channels = 0

  client.on('tcpip', (accept, reject, { destIP, destPort, srcIP, srcPort }) => {
    const target = `${destIP}:${destPort}`
    const details = { destination_host: destIP, destination_port: destPort, origin: `${srcIP}:${srcPort}` }
    session.record({
      event_type: 'proxy_request',
      action: 'ssh.direct-tcpip',
      url: `tcp://${target}`,
      message: target,
      details,
    })
    if (channels >= MAX_CHANNELS) return reject()
    const channel = accept()
    channels += 1
    const timer = setTimeout(() => channel.end(), SILENT_MS)
    channel.once('data', (data: Buffer) => {
      session.record({
        event_type: 'proxy_request',
        action: 'ssh.direct-tcpip.data',
        url: `tcp://${target}`,
        message: data.subarray(0, MAX_SAMPLE_BYTES).toString('latin1'),
        details: { ...details, bytes: data.length },
      })
      channel.resume()
      channel.end()
    })
    channel.once('close', () => {
      clearTimeout(timer)
      channels -= 1
    })
    channel.on('error', () => {})
  })

  client.on('request', (_accept, reject, name, info) => {
    session.record({ event_type: 'proxy_request', action: `ssh.${name}`, ...askedToListen(info) })
    // As a server with AllowTcpForwarding=local answers.
    reject?.()
  })

  client.on('openssh.streamlocal', (_accept, reject, info) => {
    session.record({
      event_type: 'proxy_request',
      action: 'ssh.direct-streamlocal',
      message: info.socketPath,
    })
    reject()
  })
}

/** The address and port, or the path of a socket, on which the server was asked to listen. */
function askedToListen(info: unknown): Pick<DecoyAction, 'message' | 'details'> {
  const { bindAddr = '', bindPort = 0, socketPath } = info as Listener
  if (socketPath !== undefined) return { message: socketPath, details: { socket_path: socketPath } }
  return { message: `${bindAddr}:${bindPort}`, details: { bind_address: bindAddr, bind_port: bindPort } }
}

interface Listener {
  bindAddr?: string
  bindPort?: number
  socketPath?: string
}
