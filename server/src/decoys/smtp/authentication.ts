import { createHmac } from 'node:crypto'
import type { WeakLogins } from '../bait/weak-logins.js'
import { textOf } from '../connection/text.js'
import type { DecoyAction } from '../decoy.js'

/** What a client is asked, and gives, without the protocol around it. */
export interface AuthenticationDialogue {
  /** Sends a challenge. @returns the answer, decoded; null where it is none, or the client cancels. */
  ask(challenge: string): Promise<Buffer | null>
  /** What came with the command itself, decoded; null where nothing did. */
  initial: Buffer | null
  /** For CRAM-MD5; new in every connection. */
  challenge: string
}

/** Credentials as they were given. */
export interface SmtpLogin {
  username: string
  /** Absent where a hash was sent that is of no common password. */
  password?: string
  isAccepted: boolean
  details: NonNullable<DecoyAction['details']>
}

type Mechanism = (dialogue: AuthenticationDialogue, logins: WeakLogins) => Promise<SmtpLogin | null>

/** By their names in RFC 4954. Each gives null where the client does not complete it. */
export const MECHANISMS: ReadonlyMap<string, Mechanism> = new Map([
  ['PLAIN', plain],
  ['LOGIN', login],
  ['CRAM-MD5', cramMd5],
])

/** RFC 4616: authorization identity, authentication identity and password, with NUL between them. */
async function plain(
  { initial, ask }: AuthenticationDialogue,
  logins: WeakLogins,
): Promise<SmtpLogin | null> {
  const answer = initial ?? (await ask(''))
  if (answer === null) return null
  const [, username, ...password] = splitAtNul(answer)
  if (username === undefined) return null
  return clear(username, password.join('\0'), 'PLAIN', logins)
}

async function login(
  { initial, ask }: AuthenticationDialogue,
  logins: WeakLogins,
): Promise<SmtpLogin | null> {
  const username = initial ?? (await ask('Username:'))
  if (username === null) return null
  const password = await ask('Password:')
  return password === null ? null : clear(textOf(username), textOf(password), 'LOGIN', logins)
}

function clear(username: string, password: string, mechanism: string, logins: WeakLogins): SmtpLogin {
  return { username, password, isAccepted: logins.accepts(username, password), details: { mechanism } }
}

/** RFC 2195: the answer is the user name and HMAC-MD5 of the challenge with the password. `hash` is as hashcat takes it (mode 10200). */
async function cramMd5(
  { ask, challenge }: AuthenticationDialogue,
  logins: WeakLogins,
): Promise<SmtpLogin | null> {
  const answer = await ask(challenge)
  if (answer === null) return null
  const text = textOf(answer)
  const space = text.lastIndexOf(' ')
  const digest = text.slice(space + 1).toLowerCase()
  if (space < 0 || !/^[0-9a-f]{32}$/.test(digest)) return null
  const username = text.slice(0, space)
  const password = logins.candidates.find(
    (candidate) => createHmac('md5', candidate).update(challenge).digest('hex') === digest,
  )
  const hash = `$cram_md5$${Buffer.from(challenge).toString('base64')}$${answer.toString('base64')}`
  return {
    username,
    ...(password !== undefined && { password }),
    isAccepted: password !== undefined && logins.accepts(username, password),
    details: { mechanism: 'CRAM-MD5', hash },
  }
}

function splitAtNul(bytes: Buffer): string[] {
  const parts: string[] = []
  let from = 0
  for (let end = bytes.indexOf(0); end >= 0 && parts.length < 3; end = bytes.indexOf(0, from)) {
    parts.push(textOf(bytes.subarray(from, end)))
    from = end + 1
  }
  return [...parts, textOf(bytes.subarray(from))]
}
