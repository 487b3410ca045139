import { AUTH, type SmtpProduct, type SmtpProductOptions } from './product.js'

const NOT_ALLOWED = '502 5.7.0 Sorry, we do not allow this operation'

/** As sendmail 8 (sendmail/srvrsmtp.c, helpfile). */
export function sendmail({ host, version, size }: SmtpProductOptions): SmtpProduct {
  return {
    banner: (now) => `${host} ESMTP Sendmail ${version}/${version}; ${new Date(now).toUTCString()}`,
    hello: ({ address }) => `${host} Hello [${address}], pleased to meet you`,
    extensions: ['ENHANCEDSTATUSCODES', 'PIPELINING', '8BITMIME', `SIZE ${size}`, 'DSN', AUTH, 'HELP'],
    answers: {
      NOOP: () => '250 2.0.0 OK',
      VRFY: () => '252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)',
      EXPN: () => NOT_ALLOWED,
      ETRN: () => NOT_ALLOWED,
      VERB: () => '502 5.7.0 Verbose unavailable',
      STARTTLS: () => '503 5.5.0 TLS not available',
      HELP: () => `214-2.0.0 This is sendmail version ${version}\r\n214 2.0.0 End of HELP info`,
    },
    ok: {
      reset: '250 2.0.0 Reset state',
      data: '354 Enter mail, end with "." on a line by itself',
      authenticated: '235 2.0.0 OK Authenticated',
      bye: `221 2.0.0 ${host} closing connection`,
    },
    sender: (address) => `250 2.1.0 <${address}>... Sender ok`,
    recipient: (address) => `250 2.1.5 <${address}>... Recipient ok`,
    queued: (random) => `250 2.0.0 ${queueId(random)} Message accepted for delivery`,
    refusals: {
      unknown: (line) => `500 5.5.1 Command unrecognized: "${line}"`,
      hello: (verb) => `501 5.0.0 ${verb} requires domain address`,
      noAddress: () => '501 5.5.2 Syntax error in parameters scanning ""',
      secondMail: '503 5.5.0 Sender already specified',
      noMail: '503 5.0.0 Need MAIL before RCPT',
      noRecipient: (hasSender) =>
        hasSender ? '503 5.0.0 Need RCPT (recipient)' : '503 5.0.0 Need MAIL command',
      tooManyRecipients: '452 4.5.3 Too many recipients',
      tooLong: '500 5.5.4 Command line too long',
      mechanism: (name) => `504 5.3.3 AUTH mechanism ${name.slice(0, 32)} not available`,
      credentials: '535 5.7.0 authentication failed',
      cancelled: '501 5.0.0 AUTH aborted',
      undecodable: '501 5.5.4 cannot decode AUTH parameter',
    },
    tooManyErrors: `421 4.7.0 ${host} Too many bad commands; closing connection`,
  }
}

/** Letters for the time, and the process. */
function queueId(random: Buffer): string {
  const letters = [...random.subarray(0, 8)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[byte % 26]).join('')
  return `${letters}${String(random.readUInt32BE(8) % 1_000_000).padStart(6, '0')}`
}
