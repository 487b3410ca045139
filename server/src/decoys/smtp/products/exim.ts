import { AUTH, type SmtpProduct, type SmtpProductOptions } from './product.js'

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const HELP = '214-Commands supported:\r\n214 AUTH HELO EHLO MAIL RCPT DATA BDAT NOOP QUIT RSET HELP'
const PROHIBITED = 'Administrative prohibition'

/** As Exim 4 (src/src/smtp_in.c, acl.c). */
export function exim({ host, version, size }: SmtpProductOptions): SmtpProduct {
  return {
    banner: (now) => `${host} ESMTP Exim ${version} ${new Date(now).toUTCString().replace('GMT', '+0000')}`,
    hello: ({ name, address }) => `${host} Hello ${name} [${address}]`,
    extensions: [`SIZE ${size}`, '8BITMIME', 'PIPELINING', AUTH, 'HELP'],
    answers: {
      NOOP: () => '250 OK',
      VRFY: () => `252 ${PROHIBITED}`,
      EXPN: () => `550 ${PROHIBITED}`,
      ETRN: () => `458 ${PROHIBITED}`,
      STARTTLS: () => '503 STARTTLS command used when not advertised',
      HELP: () => HELP,
    },
    ok: {
      reset: '250 Reset OK',
      data: '354 Enter message, ending with "." on a line by itself',
      authenticated: '235 Authentication succeeded',
      bye: `221 ${host} closing connection`,
    },
    sender: () => '250 OK',
    recipient: () => '250 Accepted',
    queued: (random) => `250 OK id=${messageId(random)}`,
    refusals: {
      unknown: () => '500 unrecognized command',
      hello: (verb) => `501 Syntactically invalid ${verb} argument(s)`,
      noAddress: (verb) => `501 ${verb} must have an address operand`,
      secondMail: '503 sender already given',
      noMail: '503 sender not yet given',
      noRecipient: () => '503 valid RCPT command must precede DATA',
      tooManyRecipients: '452 too many recipients',
      tooLong: '500 unrecognized command',
      mechanism: (name) => `504 ${name} authentication mechanism not supported`,
      credentials: '535 Incorrect authentication data',
      cancelled: '501 Authentication cancelled',
      undecodable: '501 Invalid base64 data',
    },
    tooManyErrors: '500 Too many unrecognized commands',
  }
}

/** Time, process and fraction, each in base 62. */
function messageId(random: Buffer): string {
  const letters = [...random.subarray(0, 14)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
  return `1${letters.slice(0, 5)}-${letters.slice(5, 11)}-${letters.slice(11, 13)}`
}
