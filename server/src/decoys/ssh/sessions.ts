import { posix } from 'node:path'
import type { Connection, Session } from 'ssh2'
import type { DecoyIdentity, DecoySession, TerminalSize } from '../decoy.js'
import { createShell } from '../shell/index.js'
import type { ByteShare } from './byte-budget.js'
import { createCommandRunner } from './command-runner.js'
import { serveExec } from './exec.js'
import { greetingOf } from './greeting.js'
import { serveShell } from './interactive-shell.js'
import { scpRequestOf, serveScp } from './scp.js'
import { serveSftp } from './sftp.js'
import { createUploads } from './uploads.js'

export interface SessionsOptions {
  identity: DecoyIdentity
  session: DecoySession
  user: string
  share: ByteShare
  now: () => number
}

/** As MaxSessions of OpenSSH. */
const MAX_SESSIONS = 10
const MAX_VARIABLES = 32
const MAX_COLUMNS = 500
const MAX_ROWS = 200

/** Serves shells, commands and file transfers of a client that is in. They share a shell, and its files. */
export function serveSessions(client: Connection, options: SessionsOptions): void {
  const { identity, session, user, share, now } = options
  const shell = createShell({
    identity,
    session,
    user,
    hostName: identity.hostName,
    now,
    onFetch: (url) =>
      session.record({ event_type: 'file_download', action: 'ssh.fetch', outcome: 'failure', url }),
  })
  const runner = createCommandRunner(shell, session)
  const uploads = createUploads({ session, files: shell.files, share })
  const home = user === 'root' ? '/root' : `/home/${user}`
  const resolvePath = (path: string) => posix.resolve(home, path)
  let sessions = 0
  let variables = 0

  client.on('session', (accept, reject) => {
    if (sessions >= MAX_SESSIONS) return reject()
    sessions += 1
    serve(accept())
  })

  function serve(channel: Session): void {
    let size: TerminalSize | null = null
    const recordingOf = () => (size === null ? null : session.recordTerminal(size))
    let resize = (_size: TerminalSize) => {}

    channel.once('close', () => {
      sessions -= 1
    })
    channel.on(
      'pty',
      (acceptPty, _reject, { cols, rows, term }: { cols: number; rows: number; term?: string }) => {
        size = sizeOf(cols, rows)
        session.record({
          event_type: 'other',
          action: 'ssh.pty',
          message: `${size.columns}x${size.rows} ${term ?? ''}`,
          details: { columns: cols, rows, term: term ?? null },
        })
        acceptPty?.()
      },
    )
    channel.on('window-change', (acceptChange, _reject, { cols, rows }) => {
      size = sizeOf(cols, rows)
      resize(size)
      acceptChange?.()
    })
    channel.on('env', (acceptVariable, _reject, { key, val }) => {
      variables += 1
      if (variables <= MAX_VARIABLES)
        session.record({ event_type: 'other', action: 'ssh.env', message: `${key}=${val}` })
      acceptVariable?.()
    })
    channel.on('x11', (_accept, rejectX11) => {
      session.record({ event_type: 'other', action: 'ssh.x11' })
      rejectX11?.()
    })
    channel.on('auth-agent', (_accept, rejectAgent) => {
      session.record({ event_type: 'other', action: 'ssh.agent-forwarding' })
      rejectAgent?.()
    })
    channel.on('signal', (acceptSignal) => acceptSignal?.())
    channel.on('shell', (acceptShell) => {
      const recording = recordingOf()
      resize = (changed) => recording?.resize(changed)
      serveShell({ channel: acceptShell(), runner, recording, greeting: greetingOf(identity, now()) })
    })
    channel.on('exec', (acceptExec, _reject, { command }) => {
      const request = scpRequestOf(command)
      const stream = acceptExec()
      if (request) {
        session.record({ event_type: 'command', action: 'ssh.command', command })
        return serveScp({ channel: stream, request, uploads, files: shell.files, session, resolvePath })
      }
      void serveExec({ channel: stream, command, runner, session, share, recording: recordingOf() })
    })
    channel.on('sftp', (acceptSftp) =>
      serveSftp({ sftp: acceptSftp(), files: shell.files, uploads, session, resolvePath }),
    )
    channel.on('subsystem', (_accept, rejectSubsystem, { name }) => {
      session.record({ event_type: 'other', action: 'ssh.subsystem', message: name })
      rejectSubsystem?.()
    })
  }
}

function sizeOf(columns: number, rows: number): TerminalSize {
  const within = (value: number, max: number, otherwise: number) =>
    Number.isInteger(value) && value > 0 ? Math.min(value, max) : otherwise
  return { columns: within(columns, MAX_COLUMNS, 80), rows: within(rows, MAX_ROWS, 24) }
}
