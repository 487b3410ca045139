import { createHash } from 'node:crypto'
import type { AuthContext, Connection, KeyboardAuthContext } from 'ssh2'
import type { DecoySession } from '../decoy.js'
import type { LoginPolicy } from '../logins/login-policy.js'

/** As MaxAuthTries of OpenSSH. */
const MAX_FAILURES = 6
const METHODS = ['publickey', 'password', 'keyboard-interactive'] as const

/**
 * Answers the login of a client: every password and key is recorded, and the policy decides about passwords. Keys are never accepted.
 * @param onLogin is called at once when the client is in, so that nothing it asks for next is missed.
 */
export function serveAuthentication(
  client: Connection,
  session: DecoySession,
  policy: LoginPolicy,
  onLogin: (user: string) => void,
): void {
  let failures = 0
  let user = ''
  client.once('ready', () => onLogin(user))

  function refuse(context: AuthContext): void {
    failures += 1
    context.reject([...METHODS])
    if (failures >= MAX_FAILURES) client.end()
  }

  function decide(context: AuthContext, action: string, password: string): void {
    const isAccepted = policy.accepts(session.source_ip, context.username, password)
    session.record({
      event_type: 'login_attempt',
      action,
      outcome: isAccepted ? 'success' : 'failure',
      username: context.username,
      password,
    })
    if (!isAccepted) {
      refuse(context)
      return
    }
    user = context.username
    context.accept()
  }

  client.on('authentication', (context) => {
    if (failures >= MAX_FAILURES) return
    if (context.method === 'password') return decide(context, 'ssh.password', context.password)
    if (context.method === 'keyboard-interactive')
      return askPassword(context, (password) => decide(context, 'ssh.keyboard-interactive', password))
    // Clients ask with it which methods there are; it is no attempt.
    if (context.method === 'none') return context.reject([...METHODS])
    recordKey(session, context.username, `ssh.${context.method}`, context.key)
    refuse(context)
  })
}

/** An answer that does not come in time, or is none, ends with the connection. */
function askPassword(context: KeyboardAuthContext, onPassword: (password: string) => void): void {
  context.prompt([{ prompt: 'Password: ', echo: false }], (answers: unknown) => {
    // ssh2 calls it with an error when the client begins another attempt.
    if (Array.isArray(answers)) onPassword(String(answers[0] ?? ''))
  })
}

/** The fingerprint is that of `ssh-keygen -l`: SHA-256 of the key, base64 without padding. */
function recordKey(
  session: DecoySession,
  username: string,
  action: string,
  { algo, data }: { algo: string; data: Buffer },
): void {
  const fingerprint = `SHA256:${createHash('sha256').update(data).digest('base64').replace(/=+$/, '')}`
  session.record({
    event_type: 'login_attempt',
    action,
    outcome: 'failure',
    username,
    message: `${algo} ${fingerprint}`,
    details: { key_type: algo, key_fingerprint: fingerprint },
  })
}
