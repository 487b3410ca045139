import { AUTH, type SmtpProduct, type SmtpProductOptions } from './product.js'

const NOT_RECOGNIZED = '502 5.5.2 Error: command not recognized'

/** As smtpd of Postfix 3.7 (src/smtpd/smtpd.c, smtpd_sasl_glue.c). @param version the system that its banner names. */
export function postfix({ host, version, size }: SmtpProductOptions): SmtpProduct {
  return {
    banner: () => `${host} ESMTP Postfix (${version})`,
    hello: () => host,
    extensions: [
      'PIPELINING',
      `SIZE ${size}`,
      'VRFY',
      'ETRN',
      AUTH,
      'ENHANCEDSTATUSCODES',
      '8BITMIME',
      'DSN',
    ],
    answers: {
      NOOP: () => '250 2.0.0 Ok',
      VRFY: (user) => (user === '' ? '501 5.5.4 Syntax: VRFY address' : `252 2.0.0 ${user}`),
      ETRN: (domain) => (domain === '' ? '500 Syntax: ETRN domain' : `459 <${domain}>: service unavailable`),
      STARTTLS: () => '502 5.5.1 Error: command not implemented',
    },
    ok: {
      reset: '250 2.0.0 Ok',
      data: '354 End data with <CR><LF>.<CR><LF>',
      authenticated: '235 2.7.0 Authentication successful',
      bye: '221 2.0.0 Bye',
    },
    sender: () => '250 2.1.0 Ok',
    recipient: () => '250 2.1.5 Ok',
    queued: (random) => `250 2.0.0 Ok: queued as ${random.toString('hex', 0, 6).toUpperCase()}`,
    refusals: {
      unknown: () => NOT_RECOGNIZED,
      hello: (verb) => `501 Syntax: ${verb} hostname`,
      noAddress: (verb) => `501 5.5.4 Syntax: ${verb} ${verb === 'MAIL' ? 'FROM' : 'TO'}:<address>`,
      secondMail: '503 5.5.1 Error: nested MAIL command',
      noMail: '503 5.5.1 Error: need MAIL command',
      noRecipient: () => '503 5.5.1 Error: need RCPT command',
      tooManyRecipients: '452 4.5.3 Error: too many recipients',
      tooLong: '500 5.5.2 Error: bad syntax',
      mechanism: () => '535 5.7.8 Error: authentication failed: Invalid authentication mechanism',
      credentials: '535 5.7.8 Error: authentication failed: authentication failure',
      cancelled: '501 5.7.0 Authentication aborted',
      undecodable: '535 5.7.8 Error: authentication failed: Invalid base64 data in continued response',
    },
    tooManyErrors: `421 4.7.0 ${host} Error: too many errors`,
  }
}
