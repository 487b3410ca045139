import type { Program, ProgramCall } from '../host.js'
import { CPU_FLAGS, loads, memoryUse, mountTable, uptimeSeconds } from '../proc-files.js'
import { environmentOf, setVariable, variableOf } from '../shell-state.js'
import { fail, invalidOption, readOptions } from './arguments.js'
import { groupName, humanSize } from './listing.js'
import { formatDate, uptimeText } from './time-format.js'

const uname: Program = (call) => {
  const { flags, operands, unknown } = readOptions(call.args, {
    letters: 'asnrvmpio',
    long: { all: 'a', 'kernel-name': 's', nodename: 'n', 'kernel-release': 'r', machine: 'm', version: 'V' },
  })
  if (unknown !== null) return invalidOption(call, unknown)
  if (operands.length > 0)
    return fail(call, `extra operand '${operands[0]}'\nTry 'uname --help' for more information.`)
  const { distribution, hostName, architecture } = call.host.machine
  const isUbuntu = distribution.id === 'ubuntu'
  const fields: ReadonlyArray<[string, string]> = [
    ['s', 'Linux'],
    ['n', hostName],
    ['r', distribution.kernel],
    ['v', distribution.build],
    ['m', architecture],
    ['p', isUbuntu ? architecture : 'unknown'],
    ['i', isUbuntu ? architecture : 'unknown'],
    ['o', 'GNU/Linux'],
  ]
  const isAll = flags.has('a')
  const shown = fields.filter(([letter, value]) =>
    flags.size === 0 ? letter === 's' : isAll ? value !== 'unknown' : flags.has(letter),
  )
  call.output.write(`${shown.map(([, value]) => value).join(' ')}\n`)
  return 0
}

const id: Program = (call) => {
  const { flags, operands } = readOptions(call.args, { letters: 'ugnrGz' })
  const name = operands[0] ?? call.state.user
  const account = call.host.accounts.find((each) => each.name === name || String(each.uid) === name)
  if (account === undefined) return fail(call, `'${name}': no such user`)
  const group = groupName(call, account.gid)
  if (flags.has('u')) call.output.write(`${flags.has('n') ? account.name : account.uid}\n`)
  else if (flags.has('g') || flags.has('G')) call.output.write(`${flags.has('n') ? group : account.gid}\n`)
  else
    call.output.write(
      `uid=${account.uid}(${account.name}) gid=${account.gid}(${group}) groups=${account.gid}(${group})\n`,
    )
  return 0
}

/** Time of day, how long the host runs, and its load, as `uptime`, `w` and `top` write them. */
function uptimeLine({ host }: ProgramCall): string {
  const now = host.now()
  const [one, five, fifteen] = loads(host.machine, now)
  return ` ${formatDate('%H:%M:%S', now)} up ${uptimeText(uptimeSeconds(host.machine, now))},  1 user,  load average: ${one}, ${five}, ${fifteen}`
}

const uptime: Program = (call) => {
  const { host } = call
  if (call.args.includes('-s'))
    call.output.write(`${formatDate('%Y-%m-%d %H:%M:%S', host.machine.bootTime(host.now()))}\n`)
  else if (call.args.includes('-p'))
    call.output.write(`up ${uptimeText(uptimeSeconds(host.machine, host.now()))}\n`)
  else call.output.write(`${uptimeLine(call)}\n`)
  return 0
}

const w: Program = (call) => {
  const { host, state } = call
  const login = formatDate('%H:%M', host.loginTime)
  call.output.write(
    `${uptimeLine(call)}\nUSER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n${state.user.slice(0, 8).padEnd(8)} pts/0    ${host.clientAddress.slice(0, 16).padEnd(16)} ${login}    0.00s  0.02s  0.00s w\n`,
  )
  return 0
}

const who: Program = ({ host, state, output, args }) => {
  if (args[0] === 'am' || args.length === 0 || args[0] === 'i')
    output.write(
      `${state.user.padEnd(8)} pts/0        ${formatDate('%Y-%m-%d %H:%M', host.loginTime)} (${host.clientAddress})\n`,
    )
  return 0
}

const last: Program = ({ host, state, output, args }) => {
  const limit = Number(/\d+/.exec(args.join(' '))?.[0] ?? 10)
  const now = host.now()
  const boot = host.machine.bootTime(now)
  const { account, distribution, gateway } = host.machine
  const day = 86_400_000
  const earlier = [1.3, 3.7, 9.2].map((days, at) => {
    const start = now - days * day
    return start < boot
      ? null
      : `${(at === 1 ? 'root' : account).padEnd(8)} pts/0        ${gateway.padEnd(16)} ${formatDate('%a %b %e %H:%M', start)} - ${formatDate('%H:%M', start + 1_860_000)}  (00:31)`
  })
  const rows = [
    `${state.user.padEnd(8)} pts/0        ${host.clientAddress.padEnd(16)} ${formatDate('%a %b %e %H:%M', host.loginTime)}   still logged in`,
    ...earlier.filter((row) => row !== null),
    `reboot   system boot  ${distribution.kernel.slice(0, 16).padEnd(16)} ${formatDate('%a %b %e %H:%M', boot)}   still running`,
  ]
  output.write(
    `${rows.slice(0, Math.max(0, limit)).join('\n')}\n\nwtmp begins ${formatDate('%a %b %e %H:%M:%S %Y', boot - day)}\n`,
  )
  return 0
}

const lastlog: Program = ({ host, state, output }) => {
  output.write('Username         Port     From             Latest\n')
  for (const { name } of host.accounts) {
    const shown =
      name === state.user
        ? `pts/0    ${host.clientAddress.padEnd(16)} ${formatDate('%a %b %e %H:%M:%S %z %Y', host.loginTime)}`
        : '                          **Never logged in**'
    output.write(`${name.padEnd(16)} ${shown}\n`)
  }
  return 0
}

interface Row {
  user: string
  pid: number
  parent: number
  virtual: number
  resident: number
  tty: string
  state: string
  start: string
  time: string
  command: string
}

/** The processes of the host, and those of the session. */
function rowsOf(call: ProgramCall): Row[] {
  const { host, state } = call
  const boot = formatDate('%b%d', host.machine.bootTime(host.now()))
  const today = formatDate('%H:%M', host.loginTime)
  const rows: Row[] = host.machine.processes(host.now()).map((process) => ({
    ...process,
    start: boot,
    time: `0:0${process.pid % 10}`,
  }))
  const own = (
    pid: number,
    parent: number,
    user: string,
    command: string,
    tty: string,
    mark: string,
  ): Row => ({
    user,
    pid,
    parent,
    virtual: 8_400,
    resident: 5_100,
    tty,
    state: mark,
    start: today,
    time: '0:00',
    command,
  })
  const server = state.pid - 2
  rows.push(
    own(server, 1, 'root', `sshd: ${state.user}@pts/0`, '?', 'Ss'),
    own(state.pid, server, state.user, '-bash', 'pts/0', 'Ss'),
    own(host.nextPid(), state.pid, state.user, [call.name, ...call.args].join(' '), 'pts/0', 'R+'),
  )
  return rows
}

const ps: Program = (call) => {
  const text = call.args.join('')
  const rows = rowsOf(call)
  if (/[ax]/.test(text) && text.includes('u') && !text.startsWith('-')) {
    call.output.write('USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n')
    for (const row of rows)
      call.output.write(
        `${userColumn(row.user, 8)} ${String(row.pid).padStart(11 - Math.max(8, userColumn(row.user, 8).length) + 0 + 4)}  0.0 ${memoryShare(call, row)} ${String(row.virtual).padStart(6)} ${String(row.resident).padStart(5)} ${row.tty.padEnd(8)} ${row.state.padEnd(4)} ${row.start.padEnd(5)} ${row.time.padStart(6)} ${row.command}\n`,
      )
    return 0
  }
  if (text.startsWith('-') && /[eA]/.test(text) && text.includes('f')) {
    call.output.write('UID          PID    PPID  C STIME TTY          TIME CMD\n')
    for (const row of rows)
      call.output.write(
        `${userColumn(row.user, 8)} ${String(row.pid).padStart(7)} ${String(row.parent).padStart(7)}  0 ${row.start.padEnd(5)} ${row.tty.padEnd(8)} 00:00:0${row.pid % 10} ${row.command}\n`,
      )
    return 0
  }
  const isAll = /^-?.*[eA]|^[ax]+/.test(text) || call.name === 'busybox'
  const shown = isAll ? rows : rows.filter((row) => row.tty === 'pts/0')
  call.output.write('    PID TTY          TIME CMD\n')
  for (const row of shown)
    call.output.write(
      `${String(row.pid).padStart(7)} ${row.tty.padEnd(8)} 00:00:00 ${shortCommand(row.command)}\n`,
    )
  return 0
}

function userColumn(user: string, width: number): string {
  return user.length > width ? `${user.slice(0, width - 1)}+` : user.padEnd(width)
}

function memoryShare({ host }: ProgramCall, row: Row): string {
  return ((row.resident / host.machine.memoryKb) * 100).toFixed(1).padStart(4)
}

function shortCommand(command: string): string {
  return (command.replace(/^[[-]|\]$/g, '').split(' ')[0] ?? '').replace(/:$/, '').split('/').pop() ?? ''
}

const top: Program = (call) => {
  const { host } = call
  const rows = rowsOf(call)
  const { used, free, buffers, cached, available } = memoryUse(host.machine)
  const mib = (kb: number): string => (kb / 1_024).toFixed(1).padStart(8)
  call.output.write(`top -${uptimeLine(call)}
Tasks: ${rows.length} total,   1 running, ${rows.length - 1} sleeping,   0 stopped,   0 zombie
%Cpu(s):  0.3 us,  0.3 sy,  0.0 ni, 99.3 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st
MiB Mem : ${mib(host.machine.memoryKb)} total, ${mib(free)} free, ${mib(used)} used, ${mib(buffers + cached)} buff/cache
MiB Swap:      0.0 total,      0.0 free,      0.0 used. ${mib(available)} avail Mem

    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
`)
  for (const row of rows.slice(0, call.output.isTerminal ? 17 : rows.length))
    call.output.write(
      `${String(row.pid).padStart(7)} ${userColumn(row.user, 8)}  20   0 ${String(row.virtual).padStart(7)} ${String(row.resident).padStart(6)} ${String(Math.floor(row.resident * 0.7)).padStart(6)} ${row.state.charAt(0)}   0.0 ${memoryShare(call, row)}   0:0${row.pid % 10}.${String(row.pid % 100).padStart(2, '0')} ${shortCommand(row.command)}\n`,
    )
  return 0
}

const free: Program = (call) => {
  const { host, output } = call
  const { flags } = readOptions(call.args, { letters: 'bkmghtwls', valued: 'c' })
  const { used, free: unused, buffers, cached, available } = memoryUse(host.machine)
  const shown = (kb: number): string => {
    if (flags.has('h')) return `${humanSize(kb * 1_024)}${kb > 0 ? 'i' : 'B'}`
    return String(
      flags.has('m')
        ? Math.floor(kb / 1_024)
        : flags.has('g')
          ? Math.floor(kb / 1_048_576)
          : flags.has('b')
            ? kb * 1_024
            : kb,
    )
  }
  const row = (name: string, values: number[]): string =>
    `${name.padEnd(7)}${values
      .map((value) => shown(value).padStart(12))
      .join('')
      .replace(/^ /, ' ')}\n`
  output.write('               total        used        free      shared  buff/cache   available\n')
  output.write(
    row('Mem:   ', [host.machine.memoryKb, used, unused, 1_236, buffers + cached, available]).replace(
      'Mem:   ',
      'Mem:    ',
    ),
  )
  output.write(row('Swap:  ', [0, 0, 0]).replace('Swap:  ', 'Swap:   '))
  return 0
}

const df: Program = (call) => {
  const { host, output, args } = call
  const isHuman = args.some((arg) => /^-[a-zA-Z]*h/.test(arg))
  const hasType = args.some((arg) => /^-[a-zA-Z]*T/.test(arg))
  const { diskKb, diskUsedKb, disk, memoryKb } = host.machine
  const tenth = Math.floor(memoryKb / 10)
  const half = Math.floor(memoryKb / 2)
  const rows: Array<[string, string, number, number, string]> = [
    ['udev', 'devtmpfs', half, 0, '/dev'],
    ['tmpfs', 'tmpfs', tenth, 1_236, '/run'],
    [`/dev/${disk}1`, 'ext4', diskKb, diskUsedKb, '/'],
    ['tmpfs', 'tmpfs', half, 0, '/dev/shm'],
    ['tmpfs', 'tmpfs', 5_120, 0, '/run/lock'],
    ['tmpfs', 'tmpfs', tenth, 4, '/run/user/0'],
  ]
  const paths = args.filter((arg) => !arg.startsWith('-'))
  const missing = paths.find(
    (path) =>
      host.files.find(path.startsWith('/') ? path : `${call.state.folder}/${path}`, call.state.owner) ===
      null,
  )
  if (missing !== undefined) return fail(call, `${missing}: No such file or directory`)
  const chosen = paths.length === 0 ? rows : rows.filter(([, , , , folder]) => folder === '/')
  const size = (kb: number): string => (isHuman ? (kb === 0 ? '0' : humanSize(kb * 1_024)) : String(kb))
  const width = isHuman ? 5 : 9
  output.write(
    `Filesystem     ${hasType ? 'Type     ' : ''}${isHuman ? ' Size  Used Avail' : '1K-blocks    Used Available'} Use% Mounted on\n`,
  )
  for (const [device, type, total, used, folder] of chosen) {
    const left = Math.floor((total - used) * (folder === '/' ? 0.95 : 1))
    const share = `${used === 0 ? 0 : Math.ceil((used / (used + left)) * 100)}%`
    output.write(
      `${device.padEnd(14)} ${hasType ? type.padEnd(9) : ''}${size(total).padStart(width)} ${size(used).padStart(isHuman ? 5 : 7)} ${size(left).padStart(width)} ${share.padStart(4)} ${folder}\n`,
    )
  }
  return 0
}

const mount: Program = ({ host, output, args, error }) => {
  if (args.some((arg) => !arg.startsWith('-'))) {
    error.write('mount: permission denied.\n')
    return 32
  }
  for (const [device, folder, type, options] of mountTable(host.machine))
    output.write(`${device} on ${folder} type ${type} (${options})\n`)
  return 0
}

const lscpu: Program = ({ host, output }) => {
  const { cpu, cpus } = host.machine
  const rows: Array<[string, string]> = [
    ['Architecture', 'x86_64'],
    ['CPU op-mode(s)', '32-bit, 64-bit'],
    ['Byte Order', 'Little Endian'],
    ['Address sizes', '46 bits physical, 48 bits virtual'],
    ['CPU(s)', String(cpus)],
    ['On-line CPU(s) list', `0-${cpus - 1}`],
    ['Thread(s) per core', '1'],
    ['Core(s) per socket', String(cpus)],
    ['Socket(s)', '1'],
    ['NUMA node(s)', '1'],
    ['Vendor ID', 'GenuineIntel'],
    ['CPU family', String(cpu.family)],
    ['Model', String(cpu.number)],
    ['Model name', cpu.model],
    ['Stepping', String(cpu.stepping)],
    ['CPU MHz', cpu.mhz.toFixed(3)],
    ['BogoMIPS', (cpu.mhz * 2).toFixed(2)],
    ['Hypervisor vendor', 'KVM'],
    ['Virtualization type', 'full'],
    ['L1d cache', `${32 * cpus} KiB`],
    ['L1i cache', `${32 * cpus} KiB`],
    ['L2 cache', `${cpus} MiB`],
    ['L3 cache', `${cpu.cacheKb / 1_024} MiB`],
    ['NUMA node0 CPU(s)', `0-${cpus - 1}`],
    ['Flags', CPU_FLAGS],
  ]
  output.write(rows.map(([name, value]) => `${`${name}:`.padEnd(33)}${value}\n`).join(''))
  return 0
}

const lsblk: Program = ({ host, output }) => {
  const { disk, diskKb, diskMajor } = host.machine
  const size = humanSize(diskKb * 1_024)
  const number = (minor: number) => `${String(diskMajor).padStart(3)}:${minor}  `
  output.write(
    `NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS\n${disk.padEnd(6)} ${number(0)}  0 ${size.padStart(5)}  0 disk \n└─${disk}1 ${number(1)}  0 ${size.padStart(5)}  0 part /\n`.replaceAll(
      '└─',
      '\xe2\x94\x94\xe2\x94\x80',
    ),
  )
  return 0
}

const lspci: Program = ({ output }) => {
  output.write(`00:00.0 Host bridge: Intel Corporation 440FX - 82441FX PMC [Natoma] (rev 02)
00:01.0 ISA bridge: Intel Corporation 82371SB PIIX3 ISA [Natoma/Triton II]
00:01.1 IDE interface: Intel Corporation 82371SB PIIX3 IDE [Natoma/Triton II]
00:01.3 Bridge: Intel Corporation 82371AB/EB/MB PIIX4 ACPI (rev 03)
00:02.0 VGA compatible controller: Cirrus Logic GD 5446
00:03.0 Ethernet controller: Red Hat, Inc. Virtio network device
00:04.0 SCSI storage controller: Red Hat, Inc. Virtio block device
`)
  return 0
}

const dmidecode: Program = (call) => {
  if (call.state.owner.uid !== 0) return fail(call, '/dev/mem: Permission denied')
  const key = call.args[call.args.indexOf('-s') + 1] ?? ''
  const values: Record<string, string> = {
    'processor-version': call.host.machine.cpu.model,
    'system-manufacturer': 'QEMU',
    'system-product-name': 'Standard PC (i440FX + PIIX, 1996)',
    'bios-vendor': 'SeaBIOS',
  }
  call.output.write(
    call.args.includes('-s')
      ? `${values[key] ?? ''}\n`
      : '# dmidecode 3.3\nGetting SMBIOS data from sysfs.\nSMBIOS 2.8 present.\n',
  )
  return 0
}

const dmesg: Program = ({ host, output }) => {
  const { distribution, cpu, memoryKb, disk } = host.machine
  output.write(`[    0.000000] Linux version ${distribution.kernel} (${distribution.compiler}) ${distribution.build}
[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-${distribution.kernel} root=/dev/${disk}1 ro quiet
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] DMI: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.15.0-1 04/01/2014
[    0.000000] Hypervisor detected: KVM
[    0.034112] Memory: ${memoryKb}K available
[    0.151040] smpboot: CPU0: ${cpu.model} (family: 0x${cpu.family.toString(16)}, model: 0x${cpu.number.toString(16)}, stepping: 0x${cpu.stepping.toString(16)})
[    1.202377] EXT4-fs (${disk}1): mounted filesystem with ordered data mode. Opts: (null)
[    2.771934] systemd[1]: Detected virtualization kvm.
`)
  return 0
}

const date: Program = (call) => {
  const { host, output, args } = call
  const format = args.find((arg) => arg.startsWith('+'))
  const isIso = args.some((arg) => arg.startsWith('-I') || arg.startsWith('--iso'))
  const given = args[args.indexOf('-d') + 1]
  const relative = args.includes('-d') ? /^@(\d{1,11})$/.exec(given ?? '')?.[1] : undefined
  const time = relative === undefined ? host.now() : Number(relative) * 1_000
  const isRfc = args.includes('-R')
  output.write(
    `${formatDate(format?.slice(1) ?? (isIso ? '%F' : isRfc ? '%a, %d %b %Y %H:%M:%S %z' : '%a %b %e %H:%M:%S %Z %Y'), time)}\n`,
  )
  return 0
}

const hostname: Program = (call) => {
  const { host, output, args } = call
  const operand = args.find((arg) => !arg.startsWith('-'))
  if (operand !== undefined)
    return call.state.owner.uid === 0 ? 0 : fail(call, 'you must be root to change the host name')
  output.write(
    args.some((arg) => /^-[iI]/.test(arg)) ? `${host.machine.address}\n` : `${host.machine.hostName}\n`,
  )
  return 0
}

const nproc: Program = ({ host, output }) => {
  output.write(`${host.machine.cpus}\n`)
  return 0
}

const env: Program = async (call) => {
  const args = [...call.args]
  const isEmpty = args[0] === '-i' || args[0] === '-'
  if (isEmpty) args.shift()
  while (args[0] === '-u') args.splice(0, 2)
  const assigned: Array<[string, string]> = []
  while (/^[A-Za-z_]\w*=/.test(args[0] ?? '')) {
    const word = args.shift() as string
    assigned.push([word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
  }
  if (args.length > 0) {
    const before = new Map(call.state.variables)
    for (const [name, value] of assigned) setVariable(call.state, name, value, true)
    try {
      return await call.host.runProgram(args, call.state, call)
    } finally {
      call.state.variables = before
    }
  }
  const shown = [...(isEmpty ? [] : environmentOf(call.state)), ...assigned]
  call.output.write(shown.map(([name, value]) => `${name}=${value}\n`).join(''))
  return 0
}

const printenv: Program = ({ args, state, output }) => {
  if (args.length === 0) {
    output.write(
      environmentOf(state)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    return 0
  }
  const found = args.filter((name) => state.variables.get(name)?.isExported === true)
  output.write(found.map((name) => `${variableOf(state, name)}\n`).join(''))
  return found.length === args.length ? 0 : 1
}

const which: Program = ({ args, host, state, output }) => {
  let status = 0
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    const path = host.which(name, state)
    if (path === null) status = 1
    else output.write(`${path}\n`)
  }
  return status
}

const whereis: Program = ({ args, host, state, output }) => {
  for (const name of args) {
    const path = host.which(name, state)
    output.write(`${name}:${path === null ? '' : ` ${path} /usr/share/man/man1/${name}.1.gz`}\n`)
  }
  return 0
}

const getconf: Program = (call) => {
  const values: Record<string, string> = {
    LONG_BIT: '64',
    PAGE_SIZE: '4096',
    PAGESIZE: '4096',
    _NPROCESSORS_ONLN: String(call.host.machine.cpus),
    _NPROCESSORS_CONF: String(call.host.machine.cpus),
    ARG_MAX: '2097152',
    OPEN_MAX: '1024',
    CLK_TCK: '100',
    GNU_LIBC_VERSION: 'glibc 2.35',
    PATH: '/bin:/usr/bin',
  }
  const [name] = call.args
  if (name === undefined) return fail(call, 'Usage: getconf [-v specification] variable_name [pathname]', 2)
  const value = values[name]
  if (value === undefined) return fail(call, `Unrecognized variable \`${name}'`, 2)
  call.output.write(`${value}\n`)
  return 0
}

const text =
  (content: string): Program =>
  ({ output }) => {
    output.write(content)
    return 0
  }

const lsmod: Program = text(`Module                  Size  Used by
nf_tables             249856  0
binfmt_misc            24576  1
virtio_net             61440  0
virtio_blk             20480  2
ext4                  811008  1
`)

/** Commands that say what the host is and what runs on it. */
export const SYSTEM_COMMANDS: Readonly<Record<string, Program>> = {
  arch: text('x86_64\n'),
  clear: ({ output }) => {
    output.write('\x1b[H\x1b[2J\x1b[3J')
    return 0
  },
  date,
  df,
  dmesg,
  dmidecode,
  env,
  free,
  getconf,
  groups: ({ state, host, args, output }) => {
    const name = args[0] ?? state.user
    output.write(
      args[0] === undefined
        ? `${name}\n`
        : `${name} : ${host.accounts.some((account) => account.name === name) ? name : ''}\n`,
    )
    return 0
  },
  hostname,
  id,
  last,
  lastlog,
  locale: text('LANG=en_US.UTF-8\nLANGUAGE=\nLC_CTYPE="en_US.UTF-8"\nLC_ALL=\n'),
  logname: ({ state, output }) => {
    output.write(`${state.user}\n`)
    return 0
  },
  lsblk,
  lscpu,
  lsmod,
  lspci,
  mount,
  nproc,
  printenv,
  ps,
  top,
  tty: ({ state, output }) => {
    const isTerminal = state.options.has('interactive')
    output.write(isTerminal ? '/dev/pts/0\n' : 'not a tty\n')
    return isTerminal ? 0 : 1
  },
  uname,
  uptime,
  users: ({ state, output }) => {
    output.write(`${state.user}\n`)
    return 0
  },
  w,
  whereis,
  which,
  who,
  whoami: ({ state, output }) => {
    output.write(`${state.user}\n`)
    return 0
  },
}
