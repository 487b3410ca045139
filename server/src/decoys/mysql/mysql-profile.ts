import type { DecoyIdentity } from '../decoy.js'
import { type Codename, distributionOf } from '../shell/machine.js'

export type AuthPlugin = 'mysql_native_password' | 'caching_sha2_password'

/** How the server presents itself. */
export interface MysqlProfile {
  version: string
  comment: string
  plugin: AuthPlugin
  hostName: string
}

/** From the repository of MySQL itself, whatever the distribution. */
const MYSQL_8 = ['8.0.28', '8.0.32', '8.0.35', '8.0.36'] as const
const MYSQL_57 = ['5.7.29', '5.7.36-log', '5.7.44'] as const
/** Of the distribution that the shell of the same host states; Debian has no MySQL. */
const MYSQL_8_OF: Readonly<Partial<Record<Codename, string>>> = {
  jammy: '8.0.36-0ubuntu0.22.04.1',
  focal: '8.0.39-0ubuntu0.20.04.1',
}
const MARIADB_OF: Readonly<Record<Codename, string>> = {
  jammy: '10.6.16-MariaDB-0ubuntu0.22.04.1',
  focal: '10.3.39-MariaDB-0ubuntu0.20.04.2',
  bookworm: '10.11.6-MariaDB-0+deb12u1',
  bullseye: '10.5.23-MariaDB-0+deb11u1',
}

export function mysqlProfileOf(identity: DecoyIdentity): MysqlProfile {
  const { hostName } = identity
  const { codename } = distributionOf(identity)
  const own = identity.choose('mysql 8', MYSQL_8)
  const packaged = MYSQL_8_OF[codename]
  return identity.choose<MysqlProfile>('mysql server', [
    {
      version: packaged ?? own,
      comment: packaged === undefined ? 'MySQL Community Server - GPL' : '(Ubuntu)',
      plugin: 'caching_sha2_password',
      hostName,
    },
    {
      version: identity.choose('mysql 5.7', MYSQL_57),
      comment: 'MySQL Community Server (GPL)',
      plugin: 'mysql_native_password',
      hostName,
    },
    {
      // Clients that know no MariaDB read the version before the first hyphen.
      version: `5.5.5-${MARIADB_OF[codename]}`,
      comment: 'mariadb.org binary distribution',
      plugin: 'mysql_native_password',
      hostName,
    },
  ])
}

/** What MySQL says of its version in answers, without the prefix of the handshake. */
export function versionOf({ version }: MysqlProfile): string {
  return version.replace(/^5\.5\.5-(?=.*MariaDB)/, '')
}
