import type { DecoyIdentity } from '../decoy.js'
import { type PackageVersions, packageVersions, sshVersion } from './package-versions.js'

/** The releases of distributions that a host may be. */
export type Codename = 'jammy' | 'focal' | 'bookworm' | 'bullseye'

/** A Linux distribution as its own files and commands state it. */
interface Distribution {
  id: 'ubuntu' | 'debian'
  name: string
  version: string
  versionId: string
  codename: Codename
  kernel: string
  build: string
  compiler: string
  bash: string
}

export interface Process {
  pid: number
  parent: number
  user: string
  tty: string
  command: string
  /** KiB. */
  virtual: number
  resident: number
  state: string
}

/** What an imitated host is, as all its commands and files state it. The same at every start of an installation. */
export interface Machine {
  hostName: string
  distribution: Distribution
  packages: PackageVersions
  /** Of OpenSSH, as its banner has it. */
  ssh: string
  architecture: 'x86_64'
  cpu: { model: string; family: number; number: number; stepping: number; mhz: number; cacheKb: number }
  cpus: number
  memoryKb: number
  diskKb: number
  diskUsedKb: number
  disk: string
  /** Of its device, by its driver (Documentation/admin-guide/devices.txt of Linux; that of virtio is assigned at boot). */
  diskMajor: number
  interfaceName: string
  address: string
  gateway: string
  mac: string
  /** Milliseconds since 1970, by the time of asking. */
  bootTime(now: number): number
  /** An account of a person, beside root. */
  account: string
  services: readonly string[]
  processes(now: number): Process[]
  machineId: string
}

const DISTRIBUTIONS: readonly [Distribution, ...Distribution[]] = [
  {
    id: 'ubuntu',
    name: 'Ubuntu',
    version: '22.04.4 LTS (Jammy Jellyfish)',
    versionId: '22.04',
    codename: 'jammy',
    kernel: '5.15.0-105-generic',
    build: '#115-Ubuntu SMP Mon Apr 15 09:52:04 UTC 2024',
    compiler: 'gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0, GNU ld (GNU Binutils for Ubuntu) 2.38',
    bash: '5.1.16(1)-release',
  },
  {
    id: 'ubuntu',
    name: 'Ubuntu',
    version: '20.04.6 LTS (Focal Fossa)',
    versionId: '20.04',
    codename: 'focal',
    kernel: '5.4.0-182-generic',
    build: '#202-Ubuntu SMP Fri Apr 26 12:29:36 UTC 2024',
    compiler: 'gcc version 9.4.0 (Ubuntu 9.4.0-1ubuntu1~20.04.2)',
    bash: '5.0.17(1)-release',
  },
  {
    id: 'debian',
    name: 'Debian GNU/Linux',
    version: '12 (bookworm)',
    versionId: '12',
    codename: 'bookworm',
    kernel: '6.1.0-21-amd64',
    build: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)',
    compiler: 'gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40',
    bash: '5.2.15(1)-release',
  },
  {
    id: 'debian',
    name: 'Debian GNU/Linux',
    version: '11 (bullseye)',
    versionId: '11',
    codename: 'bullseye',
    kernel: '5.10.0-29-amd64',
    build: '#1 SMP Debian 5.10.216-1 (2024-05-03)',
    compiler: 'gcc-10 (Debian 10.2.1-6) 10.2.1 20210110, GNU ld (GNU Binutils for Debian) 2.35.2',
    bash: '5.1.4(1)-release',
  },
]

const CPUS: readonly [Machine['cpu'], ...Array<Machine['cpu']>] = [
  {
    model: 'Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz',
    family: 6,
    number: 79,
    stepping: 1,
    mhz: 2299.998,
    cacheKb: 46080,
  },
  {
    model: 'Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz',
    family: 6,
    number: 85,
    stepping: 7,
    mhz: 2499.996,
    cacheKb: 36608,
  },
  {
    model: 'Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz',
    family: 6,
    number: 85,
    stepping: 7,
    mhz: 2095.078,
    cacheKb: 28160,
  },
  {
    model: 'Intel(R) Xeon(R) CPU E3-1270 v6 @ 3.80GHz',
    family: 6,
    number: 158,
    stepping: 9,
    mhz: 3792.0,
    cacheKb: 8192,
  },
]

const SERVICES: readonly [readonly string[], ...Array<readonly string[]>] = [
  ['nginx', 'php8.1-fpm', 'mariadb'],
  ['apache2', 'mariadb'],
  ['nginx', 'postgresql'],
  ['nginx', 'redis-server'],
  ['docker', 'containerd'],
]

const DAY_MS = 86_400_000
const GIB_KB = 1_048_576

/** Which distribution the host of an installation has: the banners of all its decoys are of it. */
export function distributionOf(identity: DecoyIdentity): Distribution {
  return identity.choose('shell.distribution', DISTRIBUTIONS)
}

/** Derives a host from an installation's identity: two installations rarely have the same one. */
export function createMachine(identity: DecoyIdentity, hostName: string): Machine {
  const bytes = identity.derive('shell.machine', 32)
  const byte = (at: number): number => bytes[at] as number
  const cpus = identity.choose('shell.cpus', [2, 2, 4, 4, 8])
  const memory = identity.choose('shell.memory', [2, 4, 4, 8, 16])
  const disk = identity.choose('shell.disk', [20, 40, 50, 80, 160])
  const network = identity.choose('shell.network', ['10', '172', '192'])
  const subnet =
    network === '10'
      ? `10.${byte(0)}.${byte(1)}`
      : network === '172'
        ? `172.${16 + (byte(0) % 16)}.${byte(1)}`
        : `192.168.${byte(1)}`
  const services = identity.choose('shell.services', SERVICES)
  const period = (21 + (byte(3) % 160)) * DAY_MS
  const offset = bytes.readUInt32BE(4) * 1_000
  const distribution = distributionOf(identity)
  const diskName = identity.choose<keyof typeof DISK_MAJORS>('shell.disk-name', ['sda', 'vda', 'xvda'])
  const machine: Machine = {
    hostName,
    distribution,
    packages: packageVersions(distribution),
    ssh: sshVersion(identity, distribution),
    architecture: 'x86_64',
    cpu: identity.choose('shell.cpu', CPUS),
    cpus,
    // The kernel keeps some for itself.
    memoryKb: memory * GIB_KB - 45_000 - byte(8) * 256 - memory * 9_000,
    diskKb: Math.floor(disk * GIB_KB * 0.967) - byte(9) * 4,
    diskUsedKb: Math.floor(disk * GIB_KB * (0.12 + byte(10) / 700)),
    disk: diskName,
    diskMajor: DISK_MAJORS[diskName],
    interfaceName: identity.choose('shell.interface', ['eth0', 'ens3', 'ens5', 'ens18']),
    address: `${subnet}.${2 + (byte(2) % 250)}`,
    gateway: `${subnet}.1`,
    mac: ['52:54:00', '02:42:ac', '06:1f:9c'][byte(11) % 3] + hexPairs(bytes.subarray(12, 15)),
    // It restarts now and then, as hosts do.
    bootTime: (now) => now - ((now + offset) % period) - 3_600_000,
    account: identity.choose('shell.account', ['deploy', 'ops', 'backup', 'devel', 'jenkins', 'www']),
    services,
    processes: () => processTable(bytes, services, diskName),
    machineId: identity.derive('shell.machine-id', 16).toString('hex'),
  }
  return machine
}

function hexPairs(bytes: Buffer): string {
  return [...bytes].map((byte) => `:${byte.toString(16).padStart(2, '0')}`).join('')
}

const DISK_MAJORS = { sda: 8, vda: 252, xvda: 202 } as const

const KERNEL_THREADS = [
  'kthreadd',
  'rcu_gp',
  'rcu_par_gp',
  'kworker/0:0H-events_highpri',
  'mm_percpu_wq',
  'ksoftirqd/0',
  'rcu_sched',
  'migration/0',
  'cpuhp/0',
  'kdevtmpfs',
  'netns',
  'kauditd',
  'khungtaskd',
  'oom_reaper',
  'writeback',
  'kcompactd0',
  'kswapd0',
]

const BASE_SERVICES: ReadonlyArray<[string, string, number, number]> = [
  ['root', '/lib/systemd/systemd-journald', 64_200, 21_300],
  ['root', '/lib/systemd/systemd-udevd', 22_500, 6_100],
  ['systemd-timesync', '/lib/systemd/systemd-timesyncd', 89_300, 6_500],
  ['root', '/usr/sbin/cron -f -P', 9_500, 2_800],
  ['message+', '/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile', 8_600, 4_900],
  ['syslog', '/usr/sbin/rsyslogd -n -iNONE', 222_400, 5_600],
  ['root', '/lib/systemd/systemd-logind', 14_900, 7_300],
  ['root', '/sbin/agetty -o -p -- \\u --noclear tty1 linux', 6_200, 1_100],
  ['root', 'sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups', 15_400, 9_200],
]

const SERVICE_PROCESSES: Readonly<Record<string, ReadonlyArray<[string, string, number, number]>>> = {
  nginx: [
    ['root', 'nginx: master process /usr/sbin/nginx -g daemon on; master_process on;', 55_200, 1_700],
    ['www-data', 'nginx: worker process', 55_900, 5_800],
    ['www-data', 'nginx: worker process', 55_900, 5_700],
  ],
  'php8.1-fpm': [
    ['root', 'php-fpm: master process (/etc/php/8.1/fpm/php-fpm.conf)', 203_000, 20_100],
    ['www-data', 'php-fpm: pool www', 203_500, 9_400],
  ],
  apache2: [
    ['root', '/usr/sbin/apache2 -k start', 6_600, 4_700],
    ['www-data', '/usr/sbin/apache2 -k start', 1_210_000, 5_100],
  ],
  mariadb: [['mysql', '/usr/sbin/mariadbd', 1_320_000, 92_000]],
  postgresql: [
    ['postgres', '/usr/lib/postgresql/14/bin/postgres -D /var/lib/postgresql/14/main', 217_000, 30_100],
    ['postgres', 'postgres: 14/main: checkpointer ', 217_200, 8_300],
    ['postgres', 'postgres: 14/main: walwriter ', 217_100, 9_800],
  ],
  'redis-server': [['redis', '/usr/bin/redis-server 127.0.0.1:6379', 65_100, 9_900]],
  docker: [
    ['root', '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock', 1_480_000, 78_000],
  ],
  containerd: [['root', '/usr/bin/containerd', 1_360_000, 44_000]],
}

function processTable(bytes: Buffer, services: readonly string[], disk: string): Process[] {
  const processes: Process[] = [
    {
      pid: 1,
      parent: 0,
      user: 'root',
      tty: '?',
      command: '/sbin/init',
      virtual: 167_500,
      resident: 11_600,
      state: 'Ss',
    },
  ]
  for (const [index, name] of [...KERNEL_THREADS, `jbd2/${disk}1-8`].entries()) {
    const parent = index === 0 ? 0 : 2
    const command = `[${name}]`
    processes.push({
      pid: 2 + index * 2 - (index > 0 ? 1 : 0),
      parent,
      user: 'root',
      tty: '?',
      command,
      virtual: 0,
      resident: 0,
      state: index % 4 === 1 ? 'I<' : 'S',
    })
  }
  let pid = 290 + (bytes[16] as number)
  const rows = [...BASE_SERVICES, ...services.flatMap((name) => SERVICE_PROCESSES[name] ?? [])]
  for (const [index, [user, command, virtual, resident]] of rows.entries()) {
    pid += 2 + ((bytes[(17 + index) % 32] as number) % 61)
    processes.push({ pid, parent: 1, user, tty: '?', command, virtual, resident, state: 'Ss' })
  }
  return processes
}

/** Whether a name or address is the host's own: it answers at once, and nothing listens there for commands. */
export function isLocal({ address, hostName }: Machine, name: string): boolean {
  return (
    /^(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?::1\]?)$/i.test(name) ||
    name === address ||
    name === hostName
  )
}
