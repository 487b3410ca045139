import type { DecoyIdentity } from '../decoy.js'

interface Distribution {
  id: 'ubuntu' | 'debian'
  version: string
  versionId: string
  kernel: string
  build: string
}

/** The host that a decoy imitates. */
export interface Machine {
  hostName: string
  distribution: Distribution
  architecture: 'x86_64'
}

const DISTRIBUTIONS: readonly [Distribution, ...Distribution[]] = [
  {
    id: 'ubuntu',
    version: '22.04.4 LTS (Jammy Jellyfish)',
    versionId: '22.04',
    kernel: '5.15.0-105-generic',
    build: '#115-Ubuntu SMP Mon Apr 15 09:52:04 UTC 2024',
  },
  {
    id: 'debian',
    version: '12 (bookworm)',
    versionId: '12',
    kernel: '6.1.0-21-amd64',
    build: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)',
  },
]

export function createMachine(identity: DecoyIdentity, hostName: string): Machine {
  return {
    hostName,
    architecture: 'x86_64',
    distribution: identity.choose('shell.distribution', DISTRIBUTIONS),
  }
}
