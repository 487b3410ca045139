import type { DecoyIdentity } from '../decoy.js'
import { type Codename, distributionOf } from '../shell/machine.js'

/** How the server presents itself. */
export interface FtpProfile {
  banner: string
  system: string
  features: readonly string[]
  loginAccepted: string
  loginRefused: string
  bye: string
}

/** What releases of distributions have; the shell of the same host states the distribution. */
const PACKAGES: Readonly<Record<Codename, { vsftpd: string; proftpd: string }>> = {
  jammy: { vsftpd: '3.0.5', proftpd: '1.3.7c' },
  focal: { vsftpd: '3.0.3', proftpd: '1.3.6c' },
  bookworm: { vsftpd: '3.0.3', proftpd: '1.3.8' },
  bullseye: { vsftpd: '3.0.3', proftpd: '1.3.7a' },
}

export function ftpProfileOf(identity: DecoyIdentity): FtpProfile {
  const packages = PACKAGES[distributionOf(identity).codename]
  const common = {
    system: 'UNIX Type: L8',
    loginAccepted: '230 Login successful.',
    loginRefused: '530 Login incorrect.',
    bye: '221 Goodbye.',
  }
  return identity.choose<FtpProfile>('ftp server', [
    {
      ...common,
      banner: `(vsFTPd ${packages.vsftpd})`,
      features: ['EPRT', 'EPSV', 'MDTM', 'PASV', 'REST STREAM', 'SIZE', 'TVFS', 'UTF8'],
    },
    {
      ...common,
      banner: `ProFTPD ${packages.proftpd} Server (${identity.hostName}) [::ffff:10.0.${identity.derive('ftp net', 1)[0]}.12]`,
      system: 'UNIX Type: L8',
      features: ['EPRT', 'EPSV', 'MDTM', 'MFMT', 'MLST modify*;size*;type*;', 'REST STREAM', 'SIZE', 'UTF8'],
      loginAccepted: '230 User logged in',
      bye: '221 Goodbye.',
    },
    {
      ...common,
      banner: '---------- Welcome to Pure-FTPd [privsep] ----------',
      features: ['EPRT', 'IDLE', 'MDTM', 'SIZE', 'MLST type*;size*;modify*;', 'PASV', 'EPSV', 'UTF8'],
      loginAccepted: `230 OK. Current directory is /`,
      loginRefused: '530 Login authentication failed',
      bye: '221 Logout.',
    },
  ])
}
