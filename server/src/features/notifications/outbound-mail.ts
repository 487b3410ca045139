import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import type { AddressGuard } from '../../platform/outbound/address-guard.js'
import { DeliveryError, outboundDeadline, transportError } from '../../platform/outbound/outbound-http.js'
import type { EmailMessage } from './formats/email.js'

export interface MailServer {
  host: string
  port: number
  tls: 'starttls' | 'implicit' | 'none'
  username: string | null
  secret: string | null
  from: string
  to: readonly string[]
}

const TIMEOUT_MS = 10_000

/**
 * Sends one message over SMTP (RFC 5321).
 * @param deadline ends the search for the server's address.
 * @throws {DeliveryError | ForbiddenTargetError}
 */
export async function sendMail(
  guard: AddressGuard,
  server: MailServer,
  message: EmailMessage,
  deadline: AbortSignal = outboundDeadline(),
): Promise<string> {
  const { host, port, tls, username, secret, from, to } = server
  const { address } = await guard.addressOf(host, deadline).catch((error: unknown) => {
    throw transportError(error)
  })
  const transport = createTransport({
    host: address,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    // The certificate must be the host's, though it is the checked address that we connect to.
    ...(isIP(host) === 0 && { tls: { servername: host } }),
    ...(username !== null && { auth: { user: username, pass: secret ?? '' } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const { response } = await transport.sendMail({ from, to: [...to], ...message })
    return String(response).slice(0, 200)
  } catch (error) {
    throw new DeliveryError((error as Error).message.slice(0, 200), { cause: error })
  } finally {
    transport.close()
  }
}
