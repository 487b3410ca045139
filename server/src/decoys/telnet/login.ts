import type { DecoyIdentity, DecoySession } from '../decoy.js'
import type { LoginPolicy } from '../logins/login-policy.js'
import { createMachine } from '../shell/machine.js'
import type { Typed } from '../terminal/line-editor.js'
import { lineEndsOf } from '../terminal/serve-terminal.js'

export interface LoginOptions {
  identity: DecoyIdentity
  session: DecoySession
  policy: LoginPolicy
  typed: AsyncIterator<Typed, void>
  /** Sends bytes with CR LF for the end of a line. */
  write(bytes: Buffer): Promise<void>
}

/** As `login` of util-linux. */
const MAX_ATTEMPTS = 5
/** Empty names, after which `getty` of a real host starts again. */
const MAX_EMPTY_NAMES = 10

/** Asks for a name and a password until the policy accepts them. @returns the user; null where the client gives up, or failed too often. */
export async function logIn(options: LoginOptions): Promise<string | null> {
  const { identity, session, policy } = options
  await show(options, `${issueOf(identity)}\r\n`)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const username = await readName(options)
    if (username === null) return null
    await show(options, 'Password: ')
    const password = await readLine(options, { isHidden: true })
    if (password === null) return null
    const isAccepted = policy.accepts(session.source_ip, username, password)
    session.record({
      event_type: 'login_attempt',
      action: 'telnet.password',
      outcome: isAccepted ? 'success' : 'failure',
      username,
      password,
    })
    if (isAccepted) return username
    await show(options, '\r\nLogin incorrect\r\n')
  }
  return null
}

async function readName(options: LoginOptions): Promise<string | null> {
  for (let empty = 0; empty < MAX_EMPTY_NAMES; empty += 1) {
    await show(options, `${options.identity.hostName} login: `)
    const line = await readLine(options, { isHidden: false })
    const name = line?.trim()
    if (name !== '') return name ?? null
  }
  return null
}

/** @returns null where the client ended, or asked to: there is nothing to interrupt. */
async function readLine(options: LoginOptions, { isHidden }: { isHidden: boolean }): Promise<string | null> {
  const { typed } = options
  for (let next = await typed.next(); !next.done; next = await typed.next()) {
    const part = next.value
    if ('echo' in part) await show(options, isHidden ? lineEndsOf(part.echo) : part.echo)
    else return part.kind === 'line' ? part.line : null
  }
  return null
}

function show({ write }: LoginOptions, text: string): Promise<void> {
  return write(Buffer.from(text))
}

/** The first line of `/etc/issue.net`. */
function issueOf(identity: DecoyIdentity): string {
  const { id, versionId } = createMachine(identity, identity.hostName).distribution
  return id === 'ubuntu' ? `Ubuntu ${versionId}` : `Debian GNU/Linux ${versionId}`
}
