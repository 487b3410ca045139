import { posix } from 'node:path'
import type { Connection, PseudoTtyInfo, Session } from 'ssh2'
import type { Logger } from '../../platform/logger.js'
import type { ByteShare } from '../connection/byte-budget.js'
import type { DecoyIdentity, DecoySession, TerminalSize } from '../decoy.js'
import { createShell, type DecoyFileSystem } from '../shell/index.js'
import { type CommandRunner, createCommandRunner } from '../terminal/command-runner.js'
import { greetingOf } from '../terminal/greeting.js'
import { serveExec } from './exec.js'
import { serveShell } from './interactive-shell.js'
import { scpRequestOf, serveScp } from './scp.js'
import { serveSftp } from './sftp.js'
import { createUploads, type Uploads } from './uploads.js'

export interface SessionsOptions {
  identity: DecoyIdentity
  session: DecoySession
  user: string
  share: ByteShare
  /** Of what the files of all shells may hold. */
  fileShare: ByteShare
  log: Logger
  now: () => number
}

/** As MaxSessions of OpenSSH. */
const MAX_SESSIONS = 10
const MAX_VARIABLES = 32
const MAX_COLUMNS = 500
const MAX_ROWS = 200

/** What the sessions of a connection share. */
interface Shared extends SessionsOptions {
  shells: ReturnType<typeof createShells>
  /** An absolute path of what a client names for a file transfer. */
  resolvePath: (path: string) => string
  recordVariable: (name: string, value: string) => void
}

/** The terminal that a session asked for. */
interface Terminal {
  /** Null: none. */
  size: TerminalSize | null
  onResize: (size: TerminalSize) => void
}

/** Serves shells, commands and file transfers of a client that is in. */
export function serveSessions(client: Connection, options: SessionsOptions): void {
  const { session, user } = options
  const home = user === 'root' ? '/root' : `/home/${user}`
  let sessions = 0
  let variables = 0
  const shared: Shared = {
    ...options,
    shells: createShells(options),
    resolvePath: (path) => posix.resolve(home, path),
    recordVariable(name, value) {
      variables += 1
      if (variables <= MAX_VARIABLES)
        session.record({ event_type: 'other', action: 'ssh.env', message: `${name}=${value}` })
    },
  }

  client.on('session', (accept, reject) => {
    if (sessions >= MAX_SESSIONS) return reject()
    sessions += 1
    const channel = accept()
    channel.once('close', () => {
      sessions -= 1
    })
    const terminal: Terminal = { size: null, onResize: () => {} }
    takeTerminal(channel, terminal, shared)
    refuseForwarding(channel, shared)
    servePrograms(channel, terminal, shared)
    serveTransfers(channel, shared)
  })
}

/** One shell for a person and one for commands, each made when it is first asked for, with the files that it has. */
function createShells({ identity, session, user, share, fileShare, log, now }: SessionsOptions) {
  const made = new Map<boolean, { files: DecoyFileSystem; runner: CommandRunner; uploads: Uploads }>()
  return {
    of(isInteractive: boolean) {
      const known = made.get(isInteractive)
      if (known) return known
      const shell = createShell({
        identity,
        session,
        user,
        hostName: identity.hostName,
        isInteractive,
        fileShare,
        now,
        onError: (error) => log.error('The shell of a decoy failed', { cause: String(error) }),
      })
      const { files } = shell
      const parts = {
        files,
        runner: createCommandRunner(shell, session, 'ssh'),
        uploads: createUploads({ session, files, share }),
      }
      made.set(isInteractive, parts)
      return parts
    },
  }
}

function takeTerminal(channel: Session, terminal: Terminal, { session, recordVariable }: Shared): void {
  channel.on('pty', (accept, _reject, { cols, rows, term }: PseudoTtyInfo & { term?: string }) => {
    const size = sizeOf(cols, rows)
    terminal.size = size
    session.record({
      event_type: 'other',
      action: 'ssh.pty',
      message: `${size.columns}x${size.rows} ${term ?? ''}`.trim(),
      details: { columns: cols, rows, term: term ?? null },
    })
    accept?.()
  })
  channel.on('window-change', (accept, _reject, { cols, rows }) => {
    terminal.size = sizeOf(cols, rows)
    terminal.onResize(terminal.size)
    accept?.()
  })
  channel.on('env', (accept, _reject, { key, val }) => {
    recordVariable(key, val)
    accept?.()
  })
  channel.on('signal', (accept) => accept?.())
}

/** As OpenSSH does where a host has no X11 and where the agent may not be forwarded: a client goes on without it. */
function refuseForwarding(channel: Session, { session }: Shared): void {
  channel.on('x11', (_accept, reject, { single, protocol, screen }) => {
    session.record({
      event_type: 'proxy_request',
      action: 'ssh.x11',
      message: `${protocol}, screen ${screen}`,
      details: { authentication_protocol: protocol, screen, is_single_connection: single },
    })
    reject?.()
  })
  channel.on('auth-agent', (_accept, reject) => {
    session.record({ event_type: 'proxy_request', action: 'ssh.agent-forwarding' })
    reject?.()
  })
}

function servePrograms(channel: Session, terminal: Terminal, shared: Shared): void {
  const { identity, session, shells, share, resolvePath, log, now } = shared
  const record = () => {
    const recording = terminal.size === null ? null : session.recordTerminal(terminal.size)
    terminal.onResize = (size) => recording?.resize(size)
    return recording
  }

  const serve = (work: Promise<void>) =>
    void work.catch((error: Error) =>
      log.error('A decoy failed in a connection', {
        cause: error.stack ?? String(error),
        session_id: session.id,
      }),
    )

  channel.on('shell', (accept, reject) => {
    const program = opened(accept)
    if (!program) return void reject?.()
    const { runner } = shells.of(true)
    serve(
      serveShell({ channel: program, runner, recording: record(), greeting: greetingOf(identity, now()) }),
    )
  })
  channel.on('exec', (accept, reject, { command }) => {
    const program = opened(accept)
    if (!program) return void reject?.()
    const { files, runner, uploads } = shells.of(false)
    const request = scpRequestOf(command)
    if (request) {
      session.record({ event_type: 'command', action: 'ssh.command', command })
      serve(serveScp({ channel: program, request, uploads, files, session, resolvePath }))
    } else serve(serveExec({ channel: program, command, runner, session, share, recording: record() }))
  })
}

/** Null where the session has had its program, or is ending: ssh2 gives nothing then, of which its types know nothing. */
function opened<Channel>(accept: () => Channel): Channel | null {
  return (accept() as Channel | undefined) ?? null
}

function serveTransfers(channel: Session, { session, shells, resolvePath }: Shared): void {
  channel.on('sftp', (accept, reject) => {
    const sftp = opened(accept)
    if (!sftp) return void reject?.()
    const { files, uploads } = shells.of(false)
    serveSftp({ sftp, files, uploads, session, resolvePath })
  })
  channel.on('subsystem', (_accept, reject, { name }) => {
    session.record({ event_type: 'other', action: 'ssh.subsystem', message: name })
    reject?.()
  })
}

function sizeOf(columns: number, rows: number): TerminalSize {
  const within = (value: number, max: number, otherwise: number) =>
    Number.isInteger(value) && value > 0 ? Math.min(value, max) : otherwise
  return { columns: within(columns, MAX_COLUMNS, 80), rows: within(rows, MAX_ROWS, 24) }
}
