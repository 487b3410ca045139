import type { Account } from './accounts.js'
import { toBuffer, toBytes } from './bytes.js'
import { addConfiguration } from './configuration-files.js'
import type { Content, FolderNode, Owner } from './file-nodes.js'
import { createTree, type Tree } from './file-tree.js'
import type { Machine } from './machine.js'
import * as proc from './proc-files.js'

/** Programs of `/usr/bin` and `/usr/sbin` that are files; what they do is in `commands/`. */
export interface ProgramNames {
  bin: readonly string[]
  sbin: readonly string[]
}

/** What is read of a program: the header of an ELF file for x86-64 (System V ABI, figure 4.3), then bytes that follow from its name. */
function programContent(name: string, size: number): Buffer {
  const header = Buffer.alloc(64)
  header.write('7f454c46020101', 0, 'hex')
  header.writeUInt16LE(3, 16)
  header.writeUInt16LE(62, 18)
  header.writeUInt32LE(1, 20)
  header.writeUInt32LE(0x6ab0, 24)
  header.writeUInt32LE(64, 32)
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(13, 56)
  const body = Buffer.alloc(Math.max(0, Math.min(size, 65_536) - 64))
  let state = [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7)
  for (let at = 0; at < body.length; at += 1) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    body[at] = (state >>> 24) & (at % 7 === 0 ? 0 : 0xff)
  }
  return Buffer.concat([header, Buffer.from('/lib64/ld-linux-x86-64.so.2\0'), body])
}

function addPrograms(tree: Tree, programs: ProgramNames): void {
  for (const [folder, names] of [
    ['/usr/bin', programs.bin],
    ['/usr/sbin', programs.sbin],
  ] as const) {
    for (const name of names) {
      const size = 14_000 + ([...name].reduce((sum, char) => sum * 33 + char.charCodeAt(0), 5) % 190_000)
      tree.file(`${folder}/${name}`, () => programContent(name, size), {
        mode: name === 'sudo' || name === 'su' || name === 'passwd' ? 0o4755 : 0o755,
        size,
      })
    }
  }
  tree.link('/usr/bin/sh', 'dash')
  tree.link('/usr/bin/awk', 'mawk')
}

function addHomes(tree: Tree, accounts: readonly Account[]): void {
  for (const { name, uid, gid, home } of accounts) {
    if (uid !== 0 && (uid < 1_000 || uid === 65_534)) continue
    const owner = { uid, gid }
    tree.folder(home, uid === 0 ? 0o700 : 0o750, owner)
    tree.file(
      `${home}/.bashrc`,
      '# ~/.bashrc: executed by bash(1) for non-login shells.\ncase $- in\n    *i*) ;;\n      *) return;;\nesac\nHISTCONTROL=ignoreboth\nHISTSIZE=1000\nHISTFILESIZE=2000\n',
      { owner },
    )
    tree.file(
      `${home}/.profile`,
      '# ~/.profile\nif [ -n "$BASH_VERSION" ]; then\n    . "$HOME/.bashrc"\nfi\n',
      { owner },
    )
    if (name !== 'root') tree.file(`${home}/.bash_logout`, 'clear\n', { owner })
    tree.folder(`${home}/.ssh`, 0o700, owner)
    tree.folder(`${home}/.cache`, 0o700, owner)
  }
}

function addDevices(tree: Tree, machine: Machine): void {
  tree.device('/dev/null', 'null')
  tree.device('/dev/zero', 'zero')
  tree.device('/dev/full', 'full')
  tree.device('/dev/random', 'random')
  tree.device('/dev/urandom', 'random')
  tree.device('/dev/tty', 'terminal')
  tree.device('/dev/ptmx', 'terminal')
  tree.device('/dev/console', 'terminal', 0o600)
  for (let at = 0; at < 8; at += 1) tree.device(`/dev/tty${at}`, 'terminal', 0o620)
  for (let at = 0; at < 8; at += 1) tree.device(`/dev/loop${at}`, 'disk', 0o660)
  tree.device(`/dev/${machine.disk}`, 'disk', 0o660)
  tree.device(`/dev/${machine.disk}1`, 'disk', 0o660)
  tree.folder('/dev/pts')
  tree.device('/dev/pts/0', 'terminal', 0o620)
  tree.folder('/dev/shm', 0o1777)
  tree.folder('/dev/mqueue', 0o1777)
  tree.folder('/dev/net')
  tree.link('/dev/stdin', '/proc/self/fd/0')
  tree.link('/dev/stdout', '/proc/self/fd/1')
  tree.link('/dev/stderr', '/proc/self/fd/2')
  tree.link('/dev/fd', '/proc/self/fd')
}

function addProcesses(tree: Tree, machine: Machine, now: () => number): void {
  const major = String(machine.diskMajor).padStart(4)
  const files: Record<string, () => string> = {
    cpuinfo: () => proc.cpuInfo(machine),
    meminfo: () => proc.memoryInfo(machine),
    version: () => proc.kernelVersion(machine),
    mounts: () => proc.mounts(machine),
    uptime: () => proc.uptime(machine, now()),
    loadavg: () => proc.loadAverage(machine, now()),
    cmdline: () =>
      `BOOT_IMAGE=/boot/vmlinuz-${machine.distribution.kernel} root=/dev/${machine.disk}1 ro quiet\n`,
    filesystems: () => 'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\n\text3\n\text2\n\text4\n',
    partitions: () =>
      `major minor  #blocks  name\n\n${major}        0 ${machine.diskKb} ${machine.disk}\n${major}        1 ${machine.diskKb - 1024} ${machine.disk}1\n`,
    stat: () => proc.kernelStatistics(machine, now()),
    modules: () => 'nf_tables 249856 0 - Live 0x0000000000000000\next4 811008 1 - Live 0x0000000000000000\n',
    'sys/kernel/hostname': () => `${machine.hostName}\n`,
    'sys/kernel/osrelease': () => `${machine.distribution.kernel}\n`,
    'sys/kernel/ostype': () => 'Linux\n',
    'net/route': () => proc.routes(machine),
    'net/dev': () => proc.networkDevices(machine, now()),
    'net/tcp': () =>
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
    '1/cgroup': () => '0::/init.scope\n',
    'self/cgroup': () => '0::/user.slice/user-0.slice/session-3.scope\n',
    'self/cmdline': () => '-bash\0',
    'self/status': () => 'Name:\tbash\nState:\tR (running)\nTracerPid:\t0\n',
    'self/mounts': () => proc.mounts(machine),
  }
  for (const [name, content] of Object.entries(files))
    tree.file(`/proc/${name}`, text(content), { mode: 0o444, size: 0 })
  addProcessFolders(tree, machine, now)
  tree.folder('/proc/self/fd', 0o500)
  tree.link('/proc/self/exe', '/usr/bin/bash')
  tree.link('/proc/mounts', 'self/mounts')
}

function addProcessFolders(tree: Tree, machine: Machine, now: () => number): void {
  for (const { pid, command } of machine.processes(now())) {
    const isKernel = command.startsWith('[')
    tree.file(
      `/proc/${pid}/cmdline`,
      text(() => (isKernel ? '' : `${command.replaceAll(' ', '\0')}\0`)),
      { mode: 0o444, size: 0 },
    )
    tree.file(
      `/proc/${pid}/comm`,
      text(() => `${(command.replace(/[[\]]/g, '').split(/[ :]/)[0] ?? '').split('/').pop()}\n`),
      { mode: 0o644, size: 0 },
    )
    tree.file(
      `/proc/${pid}/status`,
      text(() => `Name:\t${command.slice(0, 15)}\nState:\tS (sleeping)\nPid:\t${pid}\n`),
      { mode: 0o444, size: 0 },
    )
  }
}

function text(content: () => string): Content {
  return () => toBuffer(toBytes(content()))
}

/** Folders that every host has, beside those of its files. */
const FOLDERS = [
  '/boot',
  '/media',
  '/mnt',
  '/opt',
  '/srv',
  '/usr/lib',
  '/usr/lib64',
  '/usr/share',
  '/usr/games',
  '/usr/include',
  '/usr/src',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/local/lib',
  '/run/lock',
  '/run/sshd',
  '/run/systemd',
  '/sys/class/net',
  '/sys/block',
  '/sys/kernel',
  '/var/backups',
  '/var/cache/apt',
  '/var/lib/dpkg',
  '/var/lib/apt',
  '/var/mail',
  '/var/opt',
  '/var/spool/cron/crontabs',
  '/home',
  '/proc',
  '/etc',
  '/dev',
]

/** The files of a newly installed host that has run for a while. A new tree at each call; it belongs to one session. */
export function baseFiles(
  machine: Machine,
  accounts: readonly Account[],
  programs: ProgramNames,
  now: () => number,
): FolderNode {
  const tree = createTree(machine.bootTime(now()) - 200 * 86_400_000)
  for (const path of FOLDERS) tree.folder(path)
  tree.folder('/root', 0o700)
  tree.folder('/tmp', 0o1777)
  tree.folder('/var/tmp', 0o1777)
  tree.link('/bin', 'usr/bin')
  tree.link('/sbin', 'usr/sbin')
  tree.link('/lib', 'usr/lib')
  tree.link('/lib64', 'usr/lib64')
  tree.link('/var/run', '/run')
  tree.link('/var/lock', '/run/lock')
  for (const file of ['vmlinuz', 'initrd.img', 'config', 'System.map'])
    tree.file(`/boot/${file}-${machine.distribution.kernel}`, '', {
      mode: 0o600,
      size: file === 'initrd.img' ? 71_402_113 : 11_612_456,
    })
  addPrograms(tree, programs)
  addConfiguration(tree, machine, accounts)
  addHomes(tree, accounts)
  addDevices(tree, machine)
  addProcesses(tree, machine, now)
  addServices(tree, machine)
  return tree.root
}

function addServices(tree: Tree, machine: Machine): void {
  const log: Owner = { uid: 104, gid: 4 }
  for (const name of ['syslog', 'auth.log', 'kern.log', 'cron.log', 'dpkg.log', 'alternatives.log'])
    tree.file(`/var/log/${name}`, '', { mode: 0o640, owner: log })
  tree.file('/var/log/wtmp', '', { mode: 0o664 })
  tree.file('/var/log/btmp', '', { mode: 0o660 })
  tree.file('/var/log/lastlog', '', { mode: 0o664, size: 292_292 })
  tree.folder('/var/log/apt')
  tree.folder('/var/log/journal')
  for (const service of machine.services) {
    tree.folder(`/etc/${service}`)
    if (/nginx|apache/.test(service)) {
      tree.folder(`/var/log/${service}`, 0o755)
      tree.file(
        '/var/www/html/index.html',
        '<!DOCTYPE html>\n<html>\n<head><title>Welcome</title></head>\n<body></body>\n</html>\n',
      )
    }
  }
}
