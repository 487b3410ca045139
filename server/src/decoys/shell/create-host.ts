import type { ByteShare } from '../connection/byte-budget.js'
import type { DecoyIdentity, DecoySession } from '../decoy.js'
import { accountsOf } from './accounts.js'
import { baseFiles } from './base-files.js'
import { toBytes } from './bytes.js'
import { runProgram, runScript } from './evaluate.js'
import { createEvidence } from './evidence.js'
import { isAllowed } from './file-nodes.js'
import { createFileSystem } from './file-system.js'
import type { Fetch, ShellHost } from './host.js'
import type { ShellLimits } from './limits.js'
import { createBudget, DEFAULT_LIMITS } from './limits.js'
import { createMachine } from './machine.js'
import { absolutePath } from './paths.js'
import { createPrograms } from './programs.js'
import type { ShellState } from './shell-state.js'
import { variableOf } from './shell-state.js'
import { createUnknownCommands } from './unknown-commands.js'

export interface HostOptions {
  identity: DecoyIdentity
  session: Pick<DecoySession, 'record' | 'keepFile' | 'source_ip' | 'answerCommand'>
  hostName: string
  /** Milliseconds since 1970. */
  now: () => number
  /** Fetches for wget, curl, tftp and ftpget. Without it they fail as without a network. */
  onFetch?: Fetch | undefined
  limits?: Partial<ShellLimits>
  /** Of the bytes that the files of all sessions may hold together. Whoever gives it releases it. */
  fileShare?: ByteShare
  /** Really waits; `sleep` and unreachable networks use it, within the limit. */
  wait?: (milliseconds: number) => Promise<void>
}

const { builtins, programs, bin, sbin } = createPrograms()

const realWait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** The host that all shells of a session share. @param user as bytes; the account is made where the host has none of that name. */
export function createHost(options: HostOptions, user: string): ShellHost {
  const { identity, session } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const wait = options.wait ?? realWait
  const machine = createMachine(identity, toBytes(options.hostName))
  const accounts = accountsOf(machine, user)
  let passed = 0
  const now = (): number => options.now() + passed
  const files = createFileSystem(
    baseFiles(machine, accounts, { bin, sbin }, now),
    limits,
    now,
    options.fileShare,
  )
  const loginTime = options.now()
  let pid = Math.floor(loginTime / 1_000) % 20_000
  const host: ShellHost = {
    machine,
    files,
    accounts,
    limits,
    builtins,
    programs,
    evidence: createEvidence(session),
    history: [...identity.choose('shell.history', HISTORIES)],
    clientAddress: session.source_ip,
    crontabs: new Map(),
    fetch: options.onFetch,
    unknownCommands: createUnknownCommands({
      answer: session.answerCommand?.bind(session),
      machine,
      files,
    }),
    budget: createBudget(limits),
    now,
    loginTime,
    async pass(milliseconds) {
      const waited = host.budget.wait(milliseconds)
      passed += Math.max(0, milliseconds - waited)
      if (waited > 0) await wait(waited)
    },
    nextPid() {
      pid += 1 + (pid % 3)
      return 1_000 + (pid % 31_000)
    },
    runScript: (text, state, streams) => runScript(host, text, state, streams),
    runProgram: (argv, state, streams) => runProgram(host, argv, state, streams),
    which: (name, state) => find(host, name, state),
  }
  return host
}

/** The path of a program that `PATH` leads to. */
function find(host: ShellHost, name: string, state: ShellState): string | null {
  if (name.includes('/'))
    return host.files.find(absolutePath(name, state.folder), state.owner) === null ? null : name
  if (name === '') return null
  for (const folder of variableOf(state, 'PATH').split(':').slice(0, 64)) {
    const path = `${folder === '' ? '.' : folder}/${name}`
    const node = host.files.find(absolutePath(path, state.folder), state.owner)
    if (node?.kind === 'file' && isAllowed(node, state.owner, 1)) return path
  }
  return null
}

const HISTORIES: readonly [readonly string[], ...Array<readonly string[]>] = [
  ['df -h', 'apt update', 'apt upgrade -y', 'systemctl status nginx', 'tail -n 50 /var/log/syslog', 'exit'],
  ['ls -la', 'cd /var/www/html', 'nano index.html', 'systemctl restart nginx', 'free -m', 'exit'],
  ['htop', 'docker ps', 'docker logs -f app --tail 20', 'df -h', 'logout'],
  ['cd /opt', 'ls', 'mysqldump --all-databases > /var/backups/all.sql', 'ls -lh /var/backups', 'exit'],
  ['w', 'last -n 20', 'ufw status', 'vi /etc/ssh/sshd_config', 'systemctl reload ssh', 'exit'],
]
