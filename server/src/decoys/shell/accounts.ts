import type { Machine } from './machine.js'

/** A line of `/etc/passwd`. */
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
