import { toBytes } from './bytes.js'
import type { ShellHost } from './host.js'
import type { ShellState } from './shell-state.js'
import { setVariable, variableOf } from './shell-state.js'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The state of a shell that a user has just logged in to, or that runs one command. @param user as bytes. */
export function createLoginState(
  host: ShellHost,
  user: string,
  isInteractive: boolean,
  variables: Readonly<Record<string, string>>,
): ShellState {
  const account = host.accounts.find(({ name }) => name === user)
  const home = account?.home ?? '/'
  const state: ShellState = {
    variables: new Map(),
    functions: new Map(),
    aliases: new Map(isInteractive ? [['ls', 'ls --color=auto']] : []),
    parameters: [],
    name: isInteractive ? '-bash' : 'bash',
    folder: home,
    status: 0,
    umask: 0o022,
    user,
    owner: { uid: account?.uid ?? 1_001, gid: account?.gid ?? 1_001 },
    pid: 2_000 + (host.nextPid() % 20_000),
    backgroundPid: null,
    options: new Set(isInteractive ? ['interactive'] : []),
    depth: 0,
    tested: 0,
    flavour: 'bash',
    errorPrefix: isInteractive ? '-bash: ' : 'bash: line 1: ',
  }
  const environment: Record<string, string> = {
    SHELL: '/bin/bash',
    PWD: home,
    LOGNAME: user,
    HOME: home,
    LANG: 'en_US.UTF-8',
    ...(isInteractive ? { TERM: 'xterm-256color' } : {}),
    USER: user,
    SHLVL: '1',
    PATH,
    MAIL: `/var/mail/${user}`,
    ...variables,
  }
  for (const [name, value] of Object.entries(environment)) setVariable(state, name, toBytes(value), true)
  setVariable(state, 'BASH_VERSION', host.machine.distribution.bash)
  setVariable(state, 'HOSTNAME', host.machine.hostName)
  // That of sshd in the process table.
  setVariable(state, 'PPID', String(state.pid - 2))
  setVariable(state, 'UID', String(state.owner.uid))
  setVariable(state, 'EUID', String(state.owner.uid))
  return state
}

/** What stands before the cursor, as `PS1` of the distributions has it; bytes. */
export function promptOf(state: ShellState, hostName: string): string {
  const home = variableOf(state, 'HOME')
  const isBelow =
    home !== '' && home !== '/' && (state.folder === home || state.folder.startsWith(`${home}/`))
  const folder = isBelow ? `~${state.folder.slice(home.length)}` : state.folder
  return `${state.user}@${hostName}:${folder}${state.owner.uid === 0 ? '#' : '$'} `
}
