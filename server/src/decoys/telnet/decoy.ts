import { once } from 'node:events'
import type { Socket } from 'node:net'
import type {
  CreateDecoy,
  DecoyIdentity,
  DecoySession,
  DecoySurroundings,
  TerminalRecording,
} from '../decoy.js'
import type { DecoyShell, ShellResult } from '../shell/index.js'
import { createShell } from '../shell/index.js'
import { createMachine } from '../shell/machine.js'
import type { Typed } from './line-input.js'
import { createLineInput } from './line-input.js'
import { createTelnetReader, OFFER, telnetOutput } from './protocol.js'

const DEFAULT_PORT = 2323
/** As `login` of util-linux. */
const MAX_ATTEMPTS = 5
/** Lines of one connection. */
const MAX_LINES = 2_000
/** Accounts that exist; a host on which any name exists is none. */
const ACCOUNTS: ReadonlySet<string> = new Set([
  'root',
  'admin',
  'user',
  'support',
  'guest',
  'ubnt',
  'default',
  'service',
])
/** Milliseconds without input. */
const IDLE_MS = 180_000

/** A host whose Telnet port asks for a login, accepts one after some attempts, and gives a shell (RFC 854). */
export const createTelnetDecoy: CreateDecoy = ({ identity, now, log }) => ({
  protocol: 'telnet',
  defaultPort: DEFAULT_PORT,
  async serve(socket, session, stopping) {
    const connection = createConnection(socket, session, { identity, now, log })
    const stop = (): void => {
      socket.destroy()
    }
    stopping.addEventListener('abort', stop, { once: true })
    socket.setTimeout(IDLE_MS, stop)
    try {
      await connection.serve()
    } catch {
      // The client has gone, in the middle of something.
    } finally {
      stopping.removeEventListener('abort', stop)
      connection.end()
    }
  },
})

/** The banner of `/etc/issue.net`. */
function bannerOf(identity: DecoyIdentity): string {
  const { distribution, hostName } = createMachine(identity, identity.hostName)
  const version =
    distribution.id === 'ubuntu'
      ? `Ubuntu ${distribution.versionId}`
      : `Debian GNU/Linux ${distribution.versionId}`
  return `${version}\n${hostName} login: `
}

interface Connection {
  serve(): Promise<void>
  end(): void
}

interface LoginState {
  stage: 'user' | 'password' | 'shell'
  user: string
  failed: number
}

function createConnection(
  socket: Socket,
  session: DecoySession,
  surroundings: DecoySurroundings,
): Connection {
  const { identity } = surroundings
  const login: LoginState = { stage: 'user', user: '', failed: 0 }
  const acceptsAfter = identity.choose('telnet attempts', [0, 1, 1, 2])
  let shell: DecoyShell | null = null
  let recording: TerminalRecording | null = null
  let size = { columns: 80, rows: 24 }
  let lines = 0

  async function send(bytes: Buffer): Promise<void> {
    if (!socket.writable) return
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }

  async function show(text: string | Buffer): Promise<void> {
    const bytes = telnetOutput(Buffer.isBuffer(text) ? text : Buffer.from(text, 'utf8'))
    recording?.output(bytes.toString('utf8'))
    await send(bytes)
  }

  async function proceed({ bytes, ended }: Pick<ShellResult, 'bytes' | 'ended'>): Promise<boolean> {
    await show(bytes)
    if (ended) return false
    await show(shell?.prompt() ?? '')
    return true
  }

  async function takePassword(password: string): Promise<boolean> {
    const isAccepted = login.failed >= acceptsAfter && ACCOUNTS.has(login.user) && password !== ''
    session.record({
      event_type: 'login_attempt',
      action: 'telnet.password',
      outcome: isAccepted ? 'success' : 'failure',
      username: login.user,
      password,
    })
    if (isAccepted) {
      login.stage = 'shell'
      recording = session.recordTerminal(size)
      shell = createShell({
        identity,
        session,
        user: login.user,
        hostName: identity.hostName,
        now: surroundings.now,
        onError: (error) => surroundings.log.error('the shell of a decoy failed', { error: String(error) }),
      })
      await show(shell.prompt())
      return true
    }
    login.failed += 1
    login.stage = 'user'
    await show(`\nLogin incorrect\n${identity.hostName} login: `)
    return login.failed < MAX_ATTEMPTS
  }

  async function takeLine(line: string): Promise<boolean> {
    lines += 1
    if (lines > MAX_LINES) return false
    if (login.stage === 'user') {
      login.user = line.trim()
      login.stage = login.user === '' ? 'user' : 'password'
      await show(login.stage === 'user' ? `${identity.hostName} login: ` : 'Password: ')
      return true
    }
    if (login.stage === 'password') return await takePassword(line)
    if (shell === null) return false
    recording?.input(`${line}\r`)
    if (line.trim() !== '') {
      if (shell.prompt() === '')
        session.record({ event_type: 'other', action: 'telnet.input', message: line })
      else session.record({ event_type: 'command', action: 'telnet.command', command: line })
    }
    return await proceed(await shell.run(line))
  }

  async function take(typed: Typed): Promise<boolean> {
    switch (typed.kind) {
      case 'echo': {
        const isHidden = login.stage === 'password' || shell?.echoes() === false
        await show(Buffer.from(isHidden ? typed.text.replace(/[^\r\n]/g, '') : typed.text, 'latin1'))
        return true
      }
      case 'line':
        return await takeLine(typed.line)
      case 'end':
        return shell === null ? false : await proceed(await shell.endInput())
      case 'interrupt':
        if (shell === null) return false
        shell.interrupt()
        await show(shell.prompt())
        return true
    }
  }

  return {
    async serve() {
      const reader = createTelnetReader()
      const input = createLineInput()
      await send(OFFER)
      await show(bannerOf(identity))
      for await (const bytes of socket) {
        const { data, answer, size: stated } = reader.take(bytes as Buffer)
        if (answer.length > 0) await send(answer)
        if (stated !== null) {
          size = stated
          recording?.resize(size)
        }
        for (const typed of input.take(data)) if (!(await take(typed))) return
      }
    },
    end() {
      recording?.end()
      if (!socket.destroyed) socket.end(() => socket.destroy())
    },
  }
}
