import { expect, test } from 'vitest'
import { testIdentity } from '../testing/decoy-harness.js'
import { ftpProfileOf } from './ftp/ftp-profile.js'
import { httpProfileOf } from './http/http-profile.js'
import { mysqlProfileOf } from './mysql/mysql-profile.js'
import { createMachine } from './shell/machine.js'
import { smtpProfileOf } from './smtp/server-profile.js'
import { profileOf } from './ssh/profile.js'

/** What banners state of the distribution, beside its name. */
const OTHERS = {
  jammy: /20\.04|18\.04|deb\d\d|debian/i,
  focal: /22\.04|18\.04|deb\d\d|debian/i,
  bookworm: /ubuntu|deb10|deb11/i,
  bullseye: /ubuntu|deb10|deb12/i,
}

test('the decoys of an installation present one host', () => {
  for (let n = 0; n < 100; n += 1) {
    const identity = testIdentity(`host ${n}`)
    const { codename } = createMachine(identity, identity.hostName).distribution
    const banners = [
      profileOf(identity).version,
      httpProfileOf(identity).server,
      mysqlProfileOf(identity).version,
      mysqlProfileOf(identity).comment,
      ftpProfileOf(identity).banner,
      smtpProfileOf(identity).product.banner(0),
    ]
    expect(banners.filter((banner) => OTHERS[codename].test(banner))).toEqual([])
  }
})
