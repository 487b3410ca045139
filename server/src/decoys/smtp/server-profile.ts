import type { DecoyIdentity } from '../decoy.js'
import { type Codename, distributionOf } from '../shell/machine.js'
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
/** What releases of distributions have; the shell of the same host states the distribution. */
const PACKAGES: Readonly<Record<Codename, { system: string; exim: string; sendmail: string }>> = {
  jammy: { system: 'Ubuntu', exim: '4.95', sendmail: '8.15.2' },
  focal: { system: 'Ubuntu', exim: '4.93', sendmail: '8.15.2' },
  bookworm: { system: 'Debian/GNU', exim: '4.96', sendmail: '8.17.1' },
  bullseye: { system: 'Debian/GNU', exim: '4.94.2', sendmail: '8.15.2' },
}

export function smtpProfileOf(identity: DecoyIdentity): SmtpProfile {
  const host = `${identity.hostName}.${identity.choose('smtp domain', DOMAINS)}`
  const size = identity.choose('smtp size', SIZES)
  const packages = PACKAGES[distributionOf(identity).codename]
  const product = identity.choose<() => SmtpProduct>('smtp server', [
    () => postfix({ host, size, version: packages.system }),
    () => exim({ host, size, version: packages.exim }),
    () => sendmail({ host, size, version: packages.sendmail }),
  ])()
  return { host, product }
}
