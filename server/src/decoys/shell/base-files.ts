import { toBuffer, toBytes } from './bytes.js'
import type { Content, DeviceNode, FileNode, FolderNode, Node, Owner } from './file-system.js'
import { pathNames } from './file-system.js'
import type { Machine } from './machine.js'
import * as proc from './proc-files.js'

/** Programs of `/usr/bin` and `/usr/sbin` that are files; what they do is in `commands/`. */
export interface ProgramNames {
  bin: readonly string[]
  sbin: readonly string[]
}

const ROOT: Owner = { uid: 0, gid: 0 }

export interface Account {
  name: string
  uid: number
  gid: number
  home: string
  shell: string
  comment: string
}

/** Accounts of the host: those of the distribution, root, a person's, and `user` where it is none of them. */
export function accountsOf(machine: Machine, user: string): Account[] {
  const system: ReadonlyArray<[string, number, string]> = [
    ['daemon', 1, '/usr/sbin'],
    ['bin', 2, '/bin'],
    ['sys', 3, '/dev'],
    ['games', 5, '/usr/games'],
    ['man', 6, '/var/cache/man'],
    ['lp', 7, '/var/spool/lpd'],
    ['mail', 8, '/var/mail'],
    ['www-data', 33, '/var/www'],
    ['nobody', 65_534, '/nonexistent'],
    ['systemd-network', 100, '/run/systemd'],
    ['systemd-resolve', 101, '/run/systemd'],
    ['messagebus', 102, '/nonexistent'],
    ['syslog', 104, '/home/syslog'],
    ['sshd', 106, '/run/sshd'],
  ]
  const services: ReadonlyArray<[string, string, number]> = [
    ['mariadb', 'mysql', 114],
    ['postgresql', 'postgres', 115],
    ['redis-server', 'redis', 116],
  ]
  const accounts: Account[] = [
    { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/bash', comment: 'root' },
    ...system.map(([name, uid, home]) => ({
      name,
      uid,
      gid: uid,
      home,
      shell: '/usr/sbin/nologin',
      comment: name,
    })),
    ...services
      .filter(([service]) => machine.services.includes(service))
      .map(([, name, uid]) => ({
        name,
        uid,
        gid: uid,
        home: `/var/lib/${name}`,
        shell: '/bin/false',
        comment: name,
      })),
  ]
  for (const name of [machine.account, user]) {
    if (!accounts.some((account) => account.name === name) && /^[a-z_][a-z0-9_.-]{0,31}$/i.test(name)) {
      const uid = 1_000 + accounts.filter((account) => account.uid >= 1_000 && account.uid < 65_534).length
      accounts.push({ name, uid, gid: uid, home: `/home/${name}`, shell: '/bin/bash', comment: '' })
    }
  }
  return accounts
}

/** Builds a tree of files. */
interface Tree {
  folder(path: string, mode?: number, owner?: Owner): FolderNode
  file(
    path: string,
    content: string | Content,
    options?: { mode?: number; owner?: Owner; size?: number },
  ): void
  link(path: string, target: string): void
  device(path: string, behaviour: DeviceNode['behaviour'], mode?: number): void
  root: FolderNode
}

function createTree(installed: number): Tree {
  const inode = (mode: number, owner: Owner) => ({ mode, ...owner, modified: installed, isOwn: false })
  const root: FolderNode = { ...inode(0o755, ROOT), kind: 'folder', entries: new Map() }
  function folder(path: string, mode = 0o755, owner = ROOT): FolderNode {
    let node = root
    for (const name of pathNames(path)) {
      let next = node.entries.get(name)
      if (next?.kind !== 'folder') {
        next = { ...inode(mode, owner), kind: 'folder', entries: new Map() }
        node.entries.set(name, next)
      }
      node = next
    }
    return node
  }
  function put(path: string, node: Node): void {
    const names = pathNames(path)
    const name = names.pop() as string
    folder(names.join('/')).entries.set(name, node)
  }
  return {
    root,
    folder,
    file(path, content, { mode = 0o644, owner = ROOT, size } = {}) {
      const given = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
      const length = typeof given === 'function' ? 0 : given.length
      const node: FileNode = {
        ...inode(mode, owner),
        kind: 'file',
        content: given,
        length,
        shownSize: size ?? null,
      }
      put(path, node)
    },
    link: (path, target) => put(path, { ...inode(0o777, ROOT), kind: 'link', target }),
    device: (path, behaviour, mode = 0o666) =>
      put(path, { ...inode(mode, ROOT), kind: 'device', behaviour, isBlock: behaviour === 'disk' }),
  }
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

function addConfiguration(tree: Tree, machine: Machine, accounts: readonly Account[]): void {
  const { distribution, hostName } = machine
  tree.file('/etc/hostname', `${hostName}\n`)
  tree.file(
    '/etc/hosts',
    `127.0.0.1\tlocalhost\n127.0.1.1\t${hostName}\n\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff02::1 ip6-allnodes\n`,
  )
  const issue = `${distribution.id === 'ubuntu' ? `Ubuntu ${distribution.version.split(' (')[0]}` : `Debian GNU/Linux ${distribution.versionId}`}`
  tree.file('/etc/issue', `${issue} \\n \\l\n\n`)
  tree.file('/etc/issue.net', `${issue}\n`)
  tree.file(
    '/etc/debian_version',
    distribution.id === 'debian' ? `${distribution.versionId}.5\n` : 'bookworm/sid\n',
  )
  tree.file(
    '/usr/lib/os-release',
    `PRETTY_NAME="${distribution.name} ${distribution.version.replace(/^(\d+\.\d+\.\d+ LTS).*/, '$1')}"\nNAME="${distribution.name}"\nVERSION_ID="${distribution.versionId}"\nVERSION="${distribution.version}"\nVERSION_CODENAME=${distribution.codename}\nID=${distribution.id}\n${distribution.id === 'ubuntu' ? 'ID_LIKE=debian\n' : ''}HOME_URL="https://www.${distribution.id}.${distribution.id === 'ubuntu' ? 'com' : 'org'}/"\n`,
  )
  tree.link('/etc/os-release', '../usr/lib/os-release')
  if (distribution.id === 'ubuntu')
    tree.file(
      '/etc/lsb-release',
      `DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=${distribution.versionId}\nDISTRIB_CODENAME=${distribution.codename}\nDISTRIB_DESCRIPTION="Ubuntu ${distribution.version.split(' (')[0]}"\n`,
    )
  tree.file(
    '/etc/passwd',
    accounts
      .map(
        ({ name, uid, gid, home, shell, comment }) => `${name}:x:${uid}:${gid}:${comment}:${home}:${shell}\n`,
      )
      .join(''),
  )
  const hash = toBase64(machine.machineId)
  tree.file(
    '/etc/shadow',
    accounts
      .map(({ name, shell }) =>
        shell === '/bin/bash'
          ? `${name}:$6$${hash.slice(0, 8)}$${hash.repeat(4).slice(0, 86)}:19723:0:99999:7:::\n`
          : `${name}:*:19723:0:99999:7:::\n`,
      )
      .join(''),
    { mode: 0o640, owner: { uid: 0, gid: 42 } },
  )
  tree.file('/etc/group', accounts.map(({ name, gid }) => `${name}:x:${gid}:\n`).join(''))
  tree.file('/etc/shells', '/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/dash\n/usr/bin/dash\n')
  tree.file('/etc/machine-id', `${machine.machineId}\n`, { mode: 0o444 })
  tree.file('/etc/resolv.conf', `nameserver ${machine.gateway}\noptions edns0 trust-ad\n`)
  tree.file('/etc/timezone', 'Etc/UTC\n')
  tree.file(
    '/etc/fstab',
    `# <file system> <mount point>   <type>  <options>       <dump>  <pass>\n/dev/${machine.disk}1 / ext4 errors=remount-ro 0 1\n`,
  )
  tree.file(
    '/etc/crontab',
    'SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n\n17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly\n25 6\t* * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )\n',
  )
  tree.file(
    '/etc/ssh/sshd_config',
    'Include /etc/ssh/sshd_config.d/*.conf\n\nPort 22\nPermitRootLogin yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n',
  )
  tree.file(
    '/etc/profile',
    'if [ "$(id -u)" -eq 0 ]; then\n  PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nfi\nexport PATH\n',
  )
  tree.file(
    '/etc/apt/sources.list',
    `deb http://${distribution.id === 'ubuntu' ? 'archive.ubuntu.com/ubuntu' : 'deb.debian.org/debian'} ${distribution.codename} main\n`,
  )
  for (const name of [
    'cron.d',
    'cron.daily',
    'cron.hourly',
    'cron.weekly',
    'init.d',
    'systemd/system',
    'security',
    'sudoers.d',
    'network',
    'default',
    'profile.d',
  ])
    tree.folder(`/etc/${name}`)
}

function toBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '').replace(/\+/g, '.')
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
  const text =
    (content: () => string): Content =>
    () =>
      toBuffer(toBytes(content()))
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
      `major minor  #blocks  name\n\n   8        0 ${machine.diskKb} ${machine.disk}\n   8        1 ${machine.diskKb - 1024} ${machine.disk}1\n`,
    stat: () => proc.kernelStatistics(machine, now()),
    modules: () => 'nf_tables 249856 0 - Live 0x0000000000000000\next4 811008 1 - Live 0x0000000000000000\n',
    'sys/kernel/hostname': () => `${machine.hostName}\n`,
    'sys/kernel/osrelease': () => `${machine.distribution.kernel}\n`,
    'sys/kernel/ostype': () => 'Linux\n',
    'net/route': () => proc.routes(machine),
    'net/dev': () => proc.networkDevices(machine, now()),
    'net/tcp': () =>
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
  }
  for (const [name, content] of Object.entries(files))
    tree.file(`/proc/${name}`, text(content), { mode: 0o444, size: 0 })
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
  tree.folder('/proc/self/fd', 0o500)
  tree.file(
    '/proc/self/cmdline',
    text(() => '-bash\0'),
    { mode: 0o444, size: 0 },
  )
  tree.file(
    '/proc/self/status',
    text(() => 'Name:\tbash\nState:\tR (running)\nTracerPid:\t0\n'),
    { mode: 0o444, size: 0 },
  )
  tree.link('/proc/self/exe', '/usr/bin/bash')
  tree.link('/proc/mounts', 'self/mounts')
  tree.file(
    '/proc/self/mounts',
    text(() => proc.mounts(machine)),
    { mode: 0o444, size: 0 },
  )
}

/** The files of a newly installed host that has run for a while. A new tree at each call; it belongs to one session. */
export function baseFiles(
  machine: Machine,
  accounts: readonly Account[],
  programs: ProgramNames,
  now: () => number,
): FolderNode {
  const tree = createTree(machine.bootTime(now()) - 200 * 86_400_000)
  for (const name of [
    'boot',
    'media',
    'mnt',
    'opt',
    'srv',
    'usr/lib',
    'usr/lib64',
    'usr/share',
    'usr/games',
    'usr/include',
    'usr/src',
    'usr/local/bin',
    'usr/local/sbin',
    'usr/local/lib',
    'run/lock',
    'run/sshd',
    'run/systemd',
    'sys/class/net',
    'sys/block',
    'sys/kernel',
    'var/backups',
    'var/cache/apt',
    'var/lib/dpkg',
    'var/lib/apt',
    'var/mail',
    'var/opt',
    'var/spool/cron/crontabs',
    'home',
    'proc',
    'etc',
    'dev',
  ])
    tree.folder(`/${name}`)
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
