import type { Account } from './accounts.js'
import type { Tree } from './file-tree.js'
import type { Machine } from './machine.js'

const FOLDERS = [
  '/etc/cron.d',
  '/etc/cron.daily',
  '/etc/cron.hourly',
  '/etc/cron.weekly',
  '/etc/init.d',
  '/etc/systemd/system',
  '/etc/security',
  '/etc/sudoers.d',
  '/etc/network',
  '/etc/default',
  '/etc/profile.d',
]

/** The files of `/etc`. */
export function addConfiguration(tree: Tree, machine: Machine, accounts: readonly Account[]): void {
  addNames(tree, machine)
  addAccounts(tree, machine, accounts)
  addSettings(tree, machine)
}

/** What the host and its distribution are called. */
function addNames(tree: Tree, { distribution, hostName }: Machine): void {
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
}

function addAccounts(tree: Tree, machine: Machine, accounts: readonly Account[]): void {
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
}

function addSettings(tree: Tree, machine: Machine): void {
  const { distribution } = machine
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
  for (const path of FOLDERS) tree.folder(path)
}

function toBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '').replace(/\+/g, '.')
}
