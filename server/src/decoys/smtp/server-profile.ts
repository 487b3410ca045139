import type { DecoyIdentity } from '../decoy.js'
import { exim } from './products/exim.js'
import { postfix } from './products/postfix.js'
import type { SmtpProduct } from './products/product.js'
import { sendmail } from './products/sendmail.js'

/** Which server this installation imitates. */
export interface SmtpProfile {
  /** Fully qualified. */
  host: string
  product: SmtpProduct
}

const DOMAINS = ['lan', 'internal', 'localdomain', 'corp', 'office', 'intra', 'home.arpa'] as const
const SIZES = [10_240_000, 20_480_000, 33_554_432, 52_428_800] as const
const SYSTEMS = ['Debian/GNU', 'Ubuntu'] as const
const EXIM_VERSIONS = ['4.94.2', '4.95', '4.96'] as const
const SENDMAIL_VERSIONS = ['8.15.2', '8.16.1', '8.17.1'] as const

export function smtpProfileOf(identity: DecoyIdentity): SmtpProfile {
  const host = `${identity.hostName}.${identity.choose('smtp domain', DOMAINS)}`
  const size = identity.choose('smtp size', SIZES)
  const product = identity.choose<() => SmtpProduct>('smtp server', [
    () => postfix({ host, size, version: identity.choose('smtp system', SYSTEMS) }),
    () => exim({ host, size, version: identity.choose('smtp exim', EXIM_VERSIONS) }),
    () => sendmail({ host, size, version: identity.choose('smtp sendmail', SENDMAIL_VERSIONS) }),
  ])()
  return { host, product }
}
