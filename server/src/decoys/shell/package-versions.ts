import type { DecoyIdentity } from '../decoy.js'

/** Versions of programs, as they state them. */
export interface PackageVersions {
  curl: string
  openssl: string
  zlib: string
  wget: string
  /** What `busybox` says first. */
  busybox: string
}

const VERSIONS: Readonly<Record<string, PackageVersions>> = {
  'ubuntu 20.04': {
    curl: '7.68.0',
    openssl: '1.1.1f  31 Mar 2020',
    zlib: '1.2.11',
    wget: '1.20.3',
    busybox: 'v1.30.1 (Ubuntu 1:1.30.1-4ubuntu6.4)',
  },
  'ubuntu 22.04': {
    curl: '7.81.0',
    openssl: '3.0.2 15 Mar 2022',
    zlib: '1.2.11',
    wget: '1.21.2',
    busybox: 'v1.30.1 (Ubuntu 1:1.30.1-7ubuntu3)',
  },
  'debian 11': {
    curl: '7.74.0',
    openssl: '1.1.1w  11 Sep 2023',
    zlib: '1.2.11',
    wget: '1.21',
    busybox: 'v1.30.1 (Debian 1:1.30.1-6+b3)',
  },
  'debian 12': {
    curl: '7.88.1',
    openssl: '3.0.11 19 Sep 2023',
    zlib: '1.2.13',
    wget: '1.21.3',
    busybox: 'v1.35.0 (Debian 1:1.35.0-4+b3)',
  },
}

/** Those that the packages of a distribution had. */
export function packageVersions(distribution: { id: string; versionId: string }): PackageVersions {
  const { id, versionId } = distribution
  return VERSIONS[`${id} ${versionId}`] ?? (VERSIONS['debian 12'] as PackageVersions)
}

const SSH_VERSIONS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'ubuntu 20.04': [
    'OpenSSH_8.2p1 Ubuntu-4ubuntu0.5',
    'OpenSSH_8.2p1 Ubuntu-4ubuntu0.9',
    'OpenSSH_8.2p1 Ubuntu-4ubuntu0.11',
  ],
  'ubuntu 22.04': [
    'OpenSSH_8.9p1 Ubuntu-3ubuntu0.3',
    'OpenSSH_8.9p1 Ubuntu-3ubuntu0.6',
    'OpenSSH_8.9p1 Ubuntu-3ubuntu0.10',
  ],
  'debian 11': ['OpenSSH_8.4p1 Debian-5+deb11u1', 'OpenSSH_8.4p1 Debian-5+deb11u3'],
  'debian 12': [
    'OpenSSH_9.2p1 Debian-2+deb12u2',
    'OpenSSH_9.2p1 Debian-2+deb12u3',
    'OpenSSH_9.2p1 Debian-2+deb12u5',
  ],
}

/** That of client and server of an installation: the banner of the SSH decoy and `ssh -V` are the same. */
export function sshVersion(
  identity: DecoyIdentity,
  { id, versionId }: { id: string; versionId: string },
): string {
  return identity.choose('ssh version', SSH_VERSIONS[`${id} ${versionId}`] ?? ['OpenSSH_9.2p1'])
}
