import { type ByteBudget, createByteBudget } from '../connection/byte-budget.js'
import { type Conversation, serveConnection } from '../connection/serve-connection.js'
import type { CreateDecoy, DecoySession, DecoySurroundings } from '../decoy.js'
import { createLoginPolicy, type LoginPolicy } from '../logins/login-policy.js'
import { createShell } from '../shell/index.js'
import { createCommandRunner } from '../terminal/command-runner.js'
import { greetingOf } from '../terminal/greeting.js'
import { serveTerminal } from '../terminal/serve-terminal.js'
import { logIn } from './login.js'
import { OFFER } from './protocol.js'
import { openTerminal, type TelnetTerminal } from './terminal.js'

const DEFAULT_PORT = 2323
/** As LOGIN_TIMEOUT of login.defs. */
const LOGIN_MS = 60_000
/** Bytes of the files that all shells made, and of one. */
const MAX_FILE_BYTES = 64 * 1024 * 1024
const MAX_FILE_BYTES_OF_SHELL = 16 * 1024 * 1024

/** A host whose Telnet port asks for a login, accepts one after some attempts, and gives a shell (RFC 854). */
export const createTelnetDecoy: CreateDecoy = (surroundings) => {
  const policy = createLoginPolicy(surroundings.identity, surroundings.now)
  const fileBudget = createByteBudget(MAX_FILE_BYTES, MAX_FILE_BYTES_OF_SHELL)
  return {
    protocol: 'telnet',
    defaultPort: DEFAULT_PORT,
    serve: (socket, session, stopping) =>
      serveConnection(socket, stopping, (conversation) =>
        talk(conversation, session, { ...surroundings, policy, fileBudget }),
      ),
  }
}

/** What all connections share. */
interface TelnetSurroundings extends DecoySurroundings {
  policy: LoginPolicy
  fileBudget: ByteBudget
}

async function talk(
  conversation: Conversation,
  session: DecoySession,
  surroundings: TelnetSurroundings,
): Promise<void> {
  const { identity, policy } = surroundings
  const terminal = openTerminal(conversation)
  const { socket } = conversation
  const timer = setTimeout(() => {
    socket.end('\r\nLogin timed out after 60 seconds.\r\n', () => socket.destroy())
  }, LOGIN_MS)
  try {
    await conversation.send(OFFER)
    const user = await logIn({ identity, session, policy, ...terminal })
    clearTimeout(timer)
    if (user !== null) await serveUser(user, terminal, session, surroundings)
  } finally {
    clearTimeout(timer)
  }
}

async function serveUser(
  user: string,
  { typed, write, isGone, record }: TelnetTerminal,
  session: DecoySession,
  { identity, fileBudget, now, log }: TelnetSurroundings,
): Promise<void> {
  const fileShare = fileBudget.share()
  const shell = createShell({
    identity,
    session,
    user,
    hostName: identity.hostName,
    fileShare,
    now,
    onError: (error) => log.error('The shell of a decoy failed', { cause: String(error) }),
  })
  const recording = record((size) => session.recordTerminal(size))
  const runner = createCommandRunner(shell, session, 'telnet')
  try {
    await serveTerminal({ typed, runner, greeting: greetingOf(identity, now()), recording, write, isGone })
  } finally {
    recording.end()
    fileShare.release()
  }
}
