import type { CreateDecoy } from './decoy.js'
import { createFtpDecoy } from './ftp/decoy.js'
import { createHttpDecoy } from './http/decoy.js'
import { createMysqlDecoy } from './mysql/decoy.js'
import { createRedisDecoy } from './redis/decoy.js'
import { createSmtpDecoy } from './smtp/decoy.js'
import { createSshDecoy } from './ssh/decoy.js'
import { createTelnetDecoy } from './telnet/decoy.js'

/** The decoys that there are, by the name that `eviltwin decoy` takes. */
export const DECOYS: Readonly<Record<string, CreateDecoy>> = {
  ssh: createSshDecoy,
  telnet: createTelnetDecoy,
  http: createHttpDecoy,
  redis: createRedisDecoy,
  mysql: createMysqlDecoy,
  ftp: createFtpDecoy,
  smtp: createSmtpDecoy,
}

export const PROTOCOLS: readonly string[] = Object.keys(DECOYS)
