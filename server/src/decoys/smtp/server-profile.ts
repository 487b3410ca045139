import type { DecoyIdentity } from '../decoy.js'

/** How the server presents itself. */
export interface SmtpProfile {
  /** Fully qualified. */
  host: string
  banner: string
  extensions: readonly string[]
  /** The answer to DATA that was taken. */
  queued(id: string): string
  bye: string
}

const DOMAINS = ['lan', 'internal', 'localdomain', 'corp', 'office', 'intra', 'home.arpa'] as const
const SIZES = [10_240_000, 20_480_000, 33_554_432, 52_428_800] as const
const EXIM_VERSIONS = ['4.94.2', '4.96', '4.97'] as const
const SENDMAIL_VERSIONS = ['8.15.2', '8.16.1', '8.17.1'] as const

export function smtpProfileOf(identity: DecoyIdentity): SmtpProfile {
  const host = `${identity.hostName}.${identity.choose('smtp domain', DOMAINS)}`
  const size = `SIZE ${identity.choose('smtp size', SIZES)}`
  const auth = 'AUTH PLAIN LOGIN CRAM-MD5'
  const exim = identity.choose('smtp exim', EXIM_VERSIONS)
  const sendmail = identity.choose('smtp sendmail', SENDMAIL_VERSIONS)
  return identity.choose<SmtpProfile>('smtp server', [
    {
      host,
      banner: `${host} ESMTP Postfix (${identity.choose('smtp system', ['Debian/GNU', 'Ubuntu'])})`,
      extensions: ['PIPELINING', size, 'VRFY', 'ETRN', auth, 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN'],
      queued: (id) => `250 2.0.0 Ok: queued as ${id}`,
      bye: '221 2.0.0 Bye',
    },
    {
      host,
      banner: `${host} ESMTP Exim ${exim}`,
      extensions: [size, '8BITMIME', 'PIPELINING', auth, 'HELP'],
      queued: (id) => `250 OK id=${id}`,
      bye: `221 ${host} closing connection`,
    },
    {
      host,
      banner: `${host} ESMTP Sendmail ${sendmail}/${sendmail}`,
      extensions: [
        'ENHANCEDSTATUSCODES',
        'PIPELINING',
        'EXPN',
        'VERB',
        '8BITMIME',
        size,
        'DSN',
        auth,
        'HELP',
      ],
      queued: (id) => `250 2.0.0 ${id} Message accepted for delivery`,
      bye: `221 2.0.0 ${host} closing connection`,
    },
  ])
}
