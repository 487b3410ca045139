import type { Connection } from 'ssh2'

/** What ssh2 sends with, of which its types know nothing. */
interface Protocol {
  channelOpenFail(recipient: number, reason: number, description?: string): void
}

/** OpenSSH states it with every channel that it does not open (serverloop.c); ssh2 states nothing. */
const DESCRIPTION = 'open failed'

/** Gives channels that are refused the description that a client of OpenSSH prints. */
export function describeRefusals(client: Connection): void {
  const { _protocol: protocol } = client as unknown as { _protocol: Protocol }
  const send = protocol.channelOpenFail.bind(protocol)
  protocol.channelOpenFail = (recipient, reason) => send(recipient, reason, DESCRIPTION)
}
