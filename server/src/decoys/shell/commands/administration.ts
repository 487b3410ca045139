import type { Program, ProgramCall } from '../host.js'
import { fail, linesOf, readOptions } from './arguments.js'

function requireRoot(call: ProgramCall, message: string, status = 1): number | null {
  return call.state.owner.uid === 0 ? null : fail(call, message, status)
}

/** Asks a new password, twice. It is recorded; the account is not changed. */
const passwd: Program = async (call) => {
  const user = call.args.find((arg) => !arg.startsWith('-')) ?? call.state.user
  if (!call.host.accounts.some(({ name }) => name === user))
    return fail(call, `user '${user}' does not exist`)
  if (user !== call.state.user && call.state.owner.uid !== 0)
    return fail(call, `You may not view or modify password information for ${user}.`)
  call.error.write('New password: ')
  const first = (await call.input.readLine())?.replace(/\r?\n$/, '') ?? ''
  call.error.write(call.input.isTerminal ? '\nRetype new password: ' : 'Retype new password: ')
  const second = (await call.input.readLine())?.replace(/\r?\n$/, '') ?? ''
  if (call.input.isTerminal) call.error.write('\n')
  if (first === '' && second === '') {
    call.error.write(
      'Password change has been aborted.\npasswd: Authentication token manipulation error\npasswd: password unchanged\n',
    )
    return 10
  }
  if (first !== second) {
    call.error.write(
      'Sorry, passwords do not match.\npasswd: Authentication token manipulation error\npasswd: password unchanged\n',
    )
    return 10
  }
  call.host.evidence.attempt('shell.password', { username: user, password: first })
  call.error.write('passwd: password updated successfully\n')
  return 0
}

const chpasswd: Program = async (call) => {
  const refused = requireRoot(call, 'cannot lock /etc/passwd; try again later.')
  if (refused !== null) return refused
  let status = 0
  for (const [at, line] of linesOf(await call.input.readAll())
    .slice(0, 100)
    .entries()) {
    const colon = line.indexOf(':')
    const user = line.slice(0, colon)
    if (colon === -1) status = fail(call, `line ${at + 1}: missing new password`)
    else if (!call.host.accounts.some(({ name }) => name === user))
      status = fail(
        call,
        `line ${at + 1}: user '${user}' does not exist\nchpasswd: error detected, changes ignored`,
      )
    else call.host.evidence.attempt('shell.password', { username: user, password: line.slice(colon + 1) })
  }
  return status
}

const MAX_ACCOUNTS = 100

const useradd: Program = (call) => {
  const { values, operands } = readOptions(call.args, { letters: 'mMNorUDl', valued: 'bcdefgGkKpsu' })
  const refused = requireRoot(call, 'Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.')
  if (refused !== null) return refused
  const [name] = operands
  if (name === undefined || !/^[a-z_][a-z0-9_.-]{0,31}$/i.test(name))
    return fail(
      call,
      name === undefined ? 'Usage: useradd [options] LOGIN' : `invalid user name '${name}'`,
      3,
    )
  const { accounts, files } = call.host
  if (accounts.some((account) => account.name === name)) return fail(call, `user '${name}' already exists`, 9)
  if (accounts.length >= MAX_ACCOUNTS) return fail(call, 'cannot lock /etc/passwd; try again later.')
  const uid = Number(
    values.get('u') ??
      1_000 + accounts.filter((account) => account.uid >= 1_000 && account.uid < 65_534).length,
  )
  const home = values.get('d') ?? `/home/${name}`
  const shell = values.get('s') ?? '/bin/sh'
  accounts.push({
    name,
    uid: Number.isInteger(uid) ? uid : 1_000,
    gid: uid,
    home,
    shell,
    comment: values.get('c') ?? '',
  })
  try {
    files.append(
      files.open('/etc/passwd', call.state.owner, 0o644),
      Buffer.from(`${name}:x:${uid}:${uid}::${home}:${shell}\n`, 'latin1'),
    )
  } catch {
    return fail(call, 'failure while writing changes to /etc/passwd')
  }
  call.host.evidence.attempt('shell.account', { username: name })
  return 0
}

const userdel: Program = (call) => {
  const name = call.args.find((arg) => !arg.startsWith('-')) ?? ''
  const at = call.host.accounts.findIndex((account) => account.name === name)
  if (at === -1) return fail(call, `user '${name}' does not exist`, 6)
  const refused = requireRoot(call, 'Permission denied.')
  if (refused !== null) return refused
  if (name !== 'root') call.host.accounts.splice(at, 1)
  return 0
}

const apt: Program = async (call) => {
  const command = call.args.find((arg) => !arg.startsWith('-'))
  const packages = call.args.filter((arg) => !arg.startsWith('-')).slice(1)
  const { distribution } = call.host.machine
  if (command === undefined) {
    call.output.write(`apt 2.4.12 (amd64)\nUsage: apt [options] command\n`)
    return 0
  }
  if (call.state.owner.uid !== 0 && command !== 'list' && command !== 'search') {
    call.error.write(
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n',
    )
    return 100
  }
  const mirror = distribution.id === 'ubuntu' ? 'archive.ubuntu.com' : 'deb.debian.org'
  const source = `http://${mirror}/${distribution.id} ${distribution.codename}`
  if (command === 'update') {
    await call.host.pass(4_000)
    call.output.write(
      `Err:1 ${source} InRelease\n  Temporary failure resolving '${mirror}'\nReading package lists... Done\nBuilding dependency tree... Done\nAll packages are up to date.\nW: Failed to fetch ${source}/InRelease  Temporary failure resolving '${mirror}'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
    )
    return 0
  }
  call.output.write(
    'Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n',
  )
  if (command === 'install') {
    for (const name of packages) call.error.write(`E: Unable to locate package ${name}\n`)
    return packages.length === 0 ? 0 : 100
  }
  call.output.write('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n')
  return 0
}

const systemctl: Program = (call) => {
  const [command, name] = call.args.filter((arg) => !arg.startsWith('-'))
  const { services } = call.host.machine
  const unit = name?.replace(/\.service$/, '') ?? ''
  const isKnown = [...services, 'ssh', 'sshd', 'cron', 'rsyslog', 'systemd-journald', 'dbus'].includes(unit)
  if (command === undefined || command === 'list-units') {
    call.output.write('  UNIT                     LOAD   ACTIVE SUB     DESCRIPTION\n')
    for (const service of ['cron', 'dbus', 'rsyslog', 'ssh', ...services])
      call.output.write(`  ${`${service}.service`.padEnd(24)} loaded active running ${service}\n`)
    return 0
  }
  if (command === 'daemon-reload') return 0
  if (!isKnown) {
    call.error.write(
      command === 'status'
        ? `Unit ${unit}.service could not be found.\n`
        : `Failed to ${command} ${unit}.service: Unit ${unit}.service not found.\n`,
    )
    return command === 'status' ? 4 : 5
  }
  if (command === 'is-active') call.output.write('active\n')
  else if (command === 'is-enabled') call.output.write('enabled\n')
  else if (command === 'status')
    call.output.write(
      `\xe2\x97\x8f ${unit}.service\n     Loaded: loaded (/lib/systemd/system/${unit}.service; enabled; vendor preset: enabled)\n     Active: active (running)\n`,
    )
  return 0
}

const service: Program = (call) => {
  const [name, action] = call.args
  if (name === undefined)
    return fail(
      call,
      'Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]',
    )
  if (name === '--status-all') {
    for (const each of ['cron', 'dbus', 'rsyslog', 'ssh', ...call.host.machine.services])
      call.output.write(` [ + ]  ${each}\n`)
    return 0
  }
  const isKnown = [...call.host.machine.services, 'ssh', 'cron', 'rsyslog'].includes(name)
  if (!isKnown) {
    call.error.write(`${name}: unrecognized service\n`)
    return 1
  }
  if (action === 'status') call.output.write(` * ${name} is running\n`)
  return 0
}

const iptables: Program = (call) => {
  const refused = requireRoot(
    call,
    'Could not fetch rule set generation id: Permission denied (you must be root)',
    4,
  )
  if (refused !== null) return refused
  if (call.args.some((arg) => /^-[LS]/.test(arg)))
    call.output.write(
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination         \n\nChain FORWARD (policy ACCEPT)\ntarget     prot opt source               destination         \n\nChain OUTPUT (policy ACCEPT)\ntarget     prot opt source               destination         \n',
    )
  return 0
}

const reboot: Program = (call) =>
  requireRoot(call, 'Failed to set wall message, ignoring: Interactive authentication required.') ?? 0

const dpkg: Program = (call) => {
  const { distribution } = call.host.machine
  if (call.args.some((arg) => /^-(l|-list)/.test(arg))) {
    call.output.write(
      'Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ Name           Version      Architecture Description\n+++-==============-============-============-=================================\n',
    )
    for (const name of ['bash', 'coreutils', 'cron', 'openssh-server', ...call.host.machine.services])
      call.output.write(
        `ii  ${name.padEnd(14)} ${`${distribution.versionId}-1`.padEnd(12)} amd64        ${name}\n`,
      )
    return 0
  }
  if (call.args.includes('--print-architecture')) call.output.write('amd64\n')
  return 0
}

const sysctl: Program = (call) => {
  const values: Record<string, string> = {
    'kernel.hostname': call.host.machine.hostName,
    'kernel.osrelease': call.host.machine.distribution.kernel,
    'vm.nr_hugepages': '0',
    'fs.file-max': '9223372036854775807',
  }
  for (const arg of call.args.filter((each) => !each.startsWith('-'))) {
    const [name = '', value] = arg.split('=')
    if (value !== undefined) {
      const refused = requireRoot(call, `permission denied on key "${name}"`)
      if (refused !== null) return refused
      call.output.write(`${name} = ${value}\n`)
    } else if (values[name] === undefined)
      return fail(call, `cannot stat /proc/sys/${name.replaceAll('.', '/')}: No such file or directory`, 255)
    else call.output.write(`${name} = ${values[name]}\n`)
  }
  return 0
}

const silent: Program = () => 0

/** Commands that change the host; they say that they did. */
export const ADMINISTRATION_COMMANDS: Readonly<Record<string, Program>> = {
  adduser: useradd,
  apt,
  'apt-get': apt,
  chpasswd,
  deluser: userdel,
  dpkg,
  groupadd: silent,
  iptables,
  locate: () => 1,
  modprobe: silent,
  passwd,
  poweroff: reboot,
  reboot,
  service,
  shutdown: reboot,
  stty: silent,
  sync: silent,
  sysctl,
  systemctl,
  ufw: silent,
  umount: silent,
  useradd,
  userdel,
  usermod: silent,
}
