import type { DecoyIdentity } from '../decoy.js'

/** How the server presents itself. */
export interface FtpProfile {
  banner: string
  system: string
  features: readonly string[]
  loginAccepted: string
  loginRefused: string
  bye: string
}

const VSFTPD = ['3.0.3', '3.0.5', '3.0.2'] as const
const PROFTPD = ['1.3.5e', '1.3.6c', '1.3.7a', '1.3.8'] as const

export function ftpProfileOf(identity: DecoyIdentity): FtpProfile {
  const common = {
    system: 'UNIX Type: L8',
    loginAccepted: '230 Login successful.',
    loginRefused: '530 Login incorrect.',
    bye: '221 Goodbye.',
  }
  return identity.choose<FtpProfile>('ftp server', [
    {
      ...common,
      banner: `(vsFTPd ${identity.choose('ftp vsftpd', VSFTPD)})`,
      features: ['EPRT', 'EPSV', 'MDTM', 'PASV', 'REST STREAM', 'SIZE', 'TVFS', 'UTF8'],
    },
    {
      ...common,
      banner: `ProFTPD ${identity.choose('ftp proftpd', PROFTPD)} Server (${identity.hostName}) [::ffff:10.0.${identity.derive('ftp net', 1)[0]}.12]`,
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
