/** How a mail server of some product speaks: whole answers, with their codes. Several lines are separated by CR LF. */
export interface SmtpProduct {
  /** After `220`. @param now milliseconds since 1970. */
  banner(now: number): string
  /** The first line of an answer to HELO and EHLO, after its code. */
  hello(client: { name: string; address: string }): string
  /** The lines of EHLO beside the first. */
  extensions: readonly string[]
  /** Answers that depend on the command alone, by its verb. @param parameter what follows the verb. */
  answers: Readonly<Record<string, (parameter: string) => string>>
  ok: { reset: string; data: string; authenticated: string; bye: string }
  sender(address: string): string
  recipient(address: string): string
  /** @param random 16 bytes. */
  queued(random: Buffer): string
  refusals: {
    unknown(line: string): string
    hello(verb: string): string
    /** MAIL or RCPT without an address. */
    noAddress(verb: 'MAIL' | 'RCPT'): string
    secondMail: string
    /** RCPT comes too early. */
    noMail: string
    /** DATA comes too early. */
    noRecipient(hasSender: boolean): string
    tooManyRecipients: string
    tooLong: string
    mechanism(name: string): string
    credentials: string
    cancelled: string
    undecodable: string
  }
  /** Ends the connection. */
  tooManyErrors: string
}

export interface SmtpProductOptions {
  /** Fully qualified. */
  host: string
  version: string
  /** Bytes of a message, as the server states it. */
  size: number
}

export const AUTH = 'AUTH PLAIN LOGIN CRAM-MD5'
