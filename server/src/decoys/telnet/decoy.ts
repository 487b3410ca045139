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

/** A host whose Telnet port asks for a login, accepts one after some attempts, and gives a shell (RFC 854). */
export const createTelnetDecoy: CreateDecoy = (surroundings) => {
  const policy = createLoginPolicy(surroundings.identity, surroundings.now)
  return {
    protocol: 'telnet',
    defaultPort: DEFAULT_PORT,
    serve: (socket, session, stopping) =>
      serveConnection(socket, stopping, (conversation) => talk(conversation, session, policy, surroundings)),
  }
}

async function talk(
  conversation: Conversation,
  session: DecoySession,
  policy: LoginPolicy,
  surroundings: DecoySurroundings,
): Promise<void> {
  const { identity } = surroundings
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
  { typed, write, record }: TelnetTerminal,
  session: DecoySession,
  { identity, now, log }: DecoySurroundings,
): Promise<void> {
  const shell = createShell({
    identity,
    session,
    user,
    hostName: identity.hostName,
    now,
    onError: (error) => log.error('The shell of a decoy failed', { cause: String(error) }),
  })
  const recording = record((size) => session.recordTerminal(size))
  const runner = createCommandRunner(shell, session, 'telnet')
  try {
    await serveTerminal({ typed, runner, greeting: greetingOf(identity, now()), recording, write })
  } finally {
    recording.end()
  }
}
