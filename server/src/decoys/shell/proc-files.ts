import type { Machine } from './machine.js'

/** `/proc/cpuinfo`, https://docs.kernel.org/filesystems/proc.html */
export function cpuInfo({ cpu, cpus }: Machine): string {
  const blocks: string[] = []
  for (let at = 0; at < cpus; at += 1) {
    blocks.push(
      `processor\t: ${at}
vendor_id\t: GenuineIntel
cpu family\t: ${cpu.family}
model\t\t: ${cpu.number}
model name\t: ${cpu.model}
stepping\t: ${cpu.stepping}
microcode\t: 0x1
cpu MHz\t\t: ${cpu.mhz.toFixed(3)}
cache size\t: ${cpu.cacheKb} KB
physical id\t: 0
siblings\t: ${cpus}
core id\t\t: ${at}
cpu cores\t: ${cpus}
apicid\t\t: ${at}
initial apicid\t: ${at}
fpu\t\t: yes
fpu_exception\t: yes
cpuid level\t: 13
wp\t\t: yes
flags\t\t: ${CPU_FLAGS}
bugs\t\t: cpu_meltdown spectre_v1 spectre_v2 spec_store_bypass l1tf mds swapgs itlb_multihit
bogomips\t: ${(cpu.mhz * 2).toFixed(2)}
clflush size\t: 64
cache_alignment\t: 64
address sizes\t: 46 bits physical, 48 bits virtual
power management:

`,
    )
  }
  return blocks.join('')
}

export const CPU_FLAGS =
  'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx pdpe1gb rdtscp lm constant_tsc rep_good nopl xtopology cpuid tsc_known_freq pni pclmulqdq ssse3 fma cx16 pcid sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand hypervisor lahf_lm abm cpuid_fault invpcid_single pti fsgsbase bmi1 avx2 smep bmi2 erms invpcid xsaveopt'

/** KiB in use, free, buffers and cache, and available. */
export function memoryUse({ memoryKb }: Machine): {
  used: number
  free: number
  cached: number
  buffers: number
  available: number
} {
  const used = Math.floor(memoryKb * 0.31)
  const cached = Math.floor(memoryKb * 0.42)
  const buffers = Math.floor(memoryKb * 0.035)
  return {
    used,
    cached,
    buffers,
    free: memoryKb - used - cached - buffers,
    available: Math.floor(memoryKb * 0.63),
  }
}

export function memoryInfo(machine: Machine): string {
  const { free, available, buffers, cached } = memoryUse(machine)
  const rows: Array<[string, number]> = [
    ['MemTotal', machine.memoryKb],
    ['MemFree', free],
    ['MemAvailable', available],
    ['Buffers', buffers],
    ['Cached', cached],
    ['SwapCached', 0],
    ['Active', Math.floor(machine.memoryKb * 0.29)],
    ['Inactive', Math.floor(machine.memoryKb * 0.36)],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 88],
    ['Writeback', 0],
    ['AnonPages', Math.floor(machine.memoryKb * 0.2)],
    ['Mapped', Math.floor(machine.memoryKb * 0.07)],
    ['Shmem', 1_236],
    ['Slab', Math.floor(machine.memoryKb * 0.04)],
    ['CommitLimit', Math.floor(machine.memoryKb / 2)],
    ['VmallocTotal', 34_359_738_367],
  ]
  return rows.map(([name, kb]) => `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`).join('')
}

export function kernelVersion({ distribution }: Machine): string {
  const builder = distribution.id === 'ubuntu' ? 'buildd@lcy02-amd64-007' : 'debian-kernel@lists.debian.org'
  return `Linux version ${distribution.kernel} (${builder}) (${distribution.compiler}) ${distribution.build}\n`
}

/** Device, mount point, type, options. */
export function mountTable({ disk, memoryKb }: Machine): Array<[string, string, string, string]> {
  return [
    ['sysfs', '/sys', 'sysfs', 'rw,nosuid,nodev,noexec,relatime'],
    ['proc', '/proc', 'proc', 'rw,nosuid,nodev,noexec,relatime'],
    [
      'udev',
      '/dev',
      'devtmpfs',
      `rw,nosuid,relatime,size=${Math.floor(memoryKb / 2)}k,nr_inodes=${Math.floor(memoryKb / 8)},mode=755,inode64`,
    ],
    ['devpts', '/dev/pts', 'devpts', 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000'],
    [
      'tmpfs',
      '/run',
      'tmpfs',
      `rw,nosuid,nodev,noexec,relatime,size=${Math.floor(memoryKb / 10)}k,mode=755,inode64`,
    ],
    [`/dev/${disk}1`, '/', 'ext4', 'rw,relatime,errors=remount-ro'],
    ['securityfs', '/sys/kernel/security', 'securityfs', 'rw,nosuid,nodev,noexec,relatime'],
    ['tmpfs', '/dev/shm', 'tmpfs', 'rw,nosuid,nodev,inode64'],
    ['tmpfs', '/run/lock', 'tmpfs', 'rw,nosuid,nodev,noexec,relatime,size=5120k,inode64'],
    [
      'cgroup2',
      '/sys/fs/cgroup',
      'cgroup2',
      'rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot',
    ],
  ]
}

export function mounts(machine: Machine): string {
  return mountTable(machine)
    .map(([device, folder, type, options]) => `${device} ${folder} ${type} ${options} 0 0\n`)
    .join('')
}

export function uptimeSeconds(machine: Machine, now: number): number {
  return Math.floor((now - machine.bootTime(now)) / 1_000)
}

export function uptime(machine: Machine, now: number): string {
  const seconds = uptimeSeconds(machine, now)
  return `${seconds}.${String(Math.floor((now % 1_000) / 10)).padStart(2, '0')} ${Math.floor(seconds * machine.cpus * 0.97)}.11\n`
}

/** Of one, five and fifteen minutes. It changes slowly with time. */
export function loads(machine: Machine, now: number): [string, string, string] {
  const minute = Math.floor(now / 60_000)
  const load = (period: number): string =>
    (0.02 + ((Math.floor(minute / period) * 7 + machine.memoryKb) % 23) / 100).toFixed(2)
  return [load(1), load(5), load(15)]
}

export function loadAverage(machine: Machine, now: number): string {
  return `${loads(machine, now).join(' ')} 1/${112 + machine.services.length * 9} ${2_000 + (Math.floor(now / 1_000) % 28_000)}\n`
}

export function kernelStatistics(machine: Machine, now: number): string {
  const ticks = uptimeSeconds(machine, now) * 100
  const row = (name: string, share: number): string =>
    `${name} ${Math.floor(ticks * 0.01 * share)} 312 ${Math.floor(ticks * 0.006 * share)} ${Math.floor(ticks * 0.97 * share)} 1204 0 331 0 0 0\n`
  const rows = [row('cpu ', machine.cpus)]
  for (let at = 0; at < machine.cpus; at += 1) rows.push(row(`cpu${at}`, 1))
  return `${rows.join('')}btime ${Math.floor(machine.bootTime(now) / 1_000)}\nprocesses ${Math.floor(ticks / 90)}\nprocs_running 1\nprocs_blocked 0\n`
}

export function routes({ interfaceName, gateway }: Machine): string {
  const hex = gateway
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
    .join('')
  return `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n${interfaceName}\t00000000\t${hex}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`
}

/** Bytes and packets that the network interface received and sent. */
export function traffic(machine: Machine, now: number): { received: number; sent: number } {
  const seconds = uptimeSeconds(machine, now)
  return { received: seconds * 1_931, sent: seconds * 1_127 }
}

export function networkDevices(machine: Machine, now: number): string {
  const { received, sent } = traffic(machine, now)
  const row = (name: string, inbound: number, outbound: number): string =>
    `${name.padStart(6)}: ${inbound} ${Math.floor(inbound / 610)} 0 0 0 0 0 0 ${outbound} ${Math.floor(outbound / 540)} 0 0 0 0 0 0\n`
  return `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n${row('lo', 918_212, 918_212)}${row(machine.interfaceName, received, sent)}`
}
