import { randomBytes } from 'node:crypto'
import type { WeakLogins } from '../bait/weak-logins.js'
import type { CaptureBudget } from '../connection/capture.js'
import type { Conversation } from '../connection/serve-connection.js'
import type { SessionLog } from '../connection/session-log.js'
import { textOf } from '../connection/text.js'
import { type AuthenticationDialogue, MECHANISMS } from './authentication.js'
import { readMessage } from './message.js'
import type { SmtpProfile } from './server-profile.js'

export interface SmtpSessionOptions {
  profile: SmtpProfile
  logins: WeakLogins
  budget: CaptureBudget
  /** For CRAM-MD5. */
  challenge: string
}

/** Commands that differ in nothing but their answer, and change nothing. */
const PLAIN_ANSWERS = new Map<string, string>(
  Object.entries({
    NOOP: '250 2.0.0 Ok',
    VRFY: '252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery',
    EXPN: '502 5.5.1 Command not implemented',
    STARTTLS: '454 4.7.0 TLS not available due to local problem',
    ETRN: '458 4.7.0 Unable to queue messages',
    HELP: '214 2.0.0 Commands: HELO EHLO MAIL RCPT DATA RSET NOOP QUIT VRFY AUTH',
    TURN: '502 5.5.1 Command not implemented',
  }),
)
/** RFC 4954, section 4: 12,288 octets of base64 and the command. */
const MAX_LINE = 12_320
/** Commands that are none, or out of place, and logins that fail. */
const MAX_ERRORS = 20
/** Of one message. */
const MAX_RECIPIENTS = 1_000
/** Of one message, in its record. */
const MAX_RECORDED_RECIPIENTS = 50
const MAX_ADDRESS = 320

/** What a connection has come to. */
interface SmtpState extends SmtpSessionOptions {
  conversation: Conversation
  log: SessionLog
  errors: number
  /** Null before MAIL. */
  sender: string | null
  recipients: string[]
}

/** Talks SMTP (RFC 5321) until the client ends. Messages are kept as evidence, and go nowhere. */
export async function talkSmtp(
  conversation: Conversation,
  log: SessionLog,
  options: SmtpSessionOptions,
): Promise<void> {
  const { reader } = conversation
  const { profile } = options
  const state: SmtpState = { ...options, conversation, log, errors: 0, sender: null, recipients: [] }
  await reply(state, `220 ${profile.banner}`)
  for (let line = await reader.line(MAX_LINE); line !== null; line = await reader.line(MAX_LINE)) {
    const text = textOf(line.bytes)
    const [word = ''] = text.split(/[ \t]/, 1)
    const verb = word.toUpperCase()
    recordCommand(log, verb, text, line.isComplete)
    if (!line.isComplete) return
    if (verb === 'QUIT') return reply(state, profile.bye)
    if (line.isCut) await refuse(state, '500 5.5.2 Error: line too long')
    else await obey(state, verb, text.slice(word.length + 1).trim())
    if (state.errors >= MAX_ERRORS || log.isExhausted())
      return reply(state, `421 4.7.0 ${profile.host} Error: too many errors`)
  }
}

function reply({ conversation }: SmtpState, line: string): Promise<void> {
  return conversation.send(`${line}\r\n`)
}

function refuse(state: SmtpState, line: string): Promise<void> {
  state.errors += 1
  return reply(state, line)
}

function reset(state: SmtpState): void {
  state.sender = null
  state.recipients = []
}

function obey(state: SmtpState, verb: string, parameters: string): Promise<void> {
  if (verb === 'EHLO' || verb === 'HELO') return greet(state, verb)
  if (verb === 'AUTH') return authenticate(state, parameters)
  if (verb === 'MAIL' || verb === 'RCPT') return addToEnvelope(state, verb, parameters)
  if (verb === 'DATA') return receive(state)
  if (verb === 'RSET') {
    reset(state)
    return reply(state, '250 2.0.0 Ok')
  }
  const answer = PLAIN_ANSWERS.get(verb)
  if (answer !== undefined) return reply(state, answer)
  return refuse(state, '502 5.5.2 Error: command not recognized')
}

function greet(state: SmtpState, verb: string): Promise<void> {
  const { host, extensions } = state.profile
  reset(state)
  if (verb === 'HELO') return reply(state, `250 ${host}`)
  const lines = [host, ...extensions]
  return reply(
    state,
    lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n'),
  )
}

async function authenticate(state: SmtpState, parameters: string): Promise<void> {
  const [name = '', initial] = parameters.split(' ', 2)
  const mechanism = MECHANISMS.get(name.toUpperCase())
  if (!mechanism)
    return refuse(state, '535 5.7.8 Error: authentication failed: Invalid authentication mechanism')
  const login = await mechanism(dialogueOf(state, initial), state.logins)
  if (login === null) return refuse(state, '501 5.5.2 Cannot decode response')
  const { isAccepted, ...credentials } = login
  state.log.record({
    event_type: 'login_attempt',
    action: `smtp.auth.${name.toLowerCase()}`,
    outcome: isAccepted ? 'success' : 'failure',
    ...credentials,
  })
  if (isAccepted) return reply(state, '235 2.7.0 Authentication successful')
  await refuse(state, '535 5.7.8 Error: authentication failed')
}

/** @param initial in base64; `=` is an empty one. */
function dialogueOf(state: SmtpState, initial: string | undefined): AuthenticationDialogue {
  return {
    challenge: state.challenge,
    initial: initial === undefined ? null : Buffer.from(initial === '=' ? '' : initial, 'base64'),
    async ask(text) {
      await reply(state, `334 ${Buffer.from(text).toString('base64')}`)
      const line = await state.conversation.reader.line(MAX_LINE)
      const answer = line?.bytes.toString('latin1') ?? '*'
      return answer === '*' ? null : Buffer.from(answer, 'base64')
    },
  }
}

function addToEnvelope(state: SmtpState, verb: 'MAIL' | 'RCPT', parameters: string): Promise<void> {
  const address = addressIn(parameters)
  if (address === null)
    return refuse(state, `501 5.5.4 Syntax: ${verb} ${verb === 'MAIL' ? 'FROM' : 'TO'}:<address>`)
  if (verb === 'MAIL') {
    reset(state)
    state.sender = address
    return reply(state, '250 2.1.0 Ok')
  }
  if (state.sender === null) return refuse(state, '503 5.5.1 Error: need MAIL command')
  if (state.recipients.length >= MAX_RECIPIENTS) return refuse(state, '452 4.5.3 Error: too many recipients')
  state.recipients.push(address)
  return reply(state, '250 2.1.5 Ok')
}

async function receive(state: SmtpState): Promise<void> {
  const { sender, recipients, log, profile } = state
  if (sender === null || recipients.length === 0) return refuse(state, '503 5.5.1 Error: need RCPT command')
  await reply(state, '354 End data with <CR><LF>.<CR><LF>')
  const { content, size, isCut, isComplete } = await readMessage(state.conversation.reader, state.budget)
  const file_sha256 = log.keepFile({ name: 'message.eml', content })
  const recorded = recipients.slice(0, MAX_RECORDED_RECIPIENTS)
  log.record({
    event_type: 'file_upload',
    action: 'smtp.message',
    file_sha256,
    message: `from ${sender} to ${recorded.join(', ')}`,
    details: {
      sender,
      recipients: recorded,
      recipient_count: recipients.length,
      bytes: size,
      is_cut: isCut,
      is_complete: isComplete,
    },
  })
  reset(state)
  if (isComplete) await reply(state, profile.queued(randomBytes(6).toString('hex').toUpperCase()))
}

/** The credentials that may follow AUTH are for the record of the login. */
function recordCommand(log: SessionLog, verb: string, text: string, isComplete: boolean): void {
  const command = verb === 'AUTH' ? text.split(' ', 2).join(' ') : text
  const known = /^[A-Z]{4,8}$/.test(verb) ? verb.toLowerCase() : 'unknown'
  log.record({
    event_type: 'command',
    action: isComplete ? `smtp.${known}` : 'smtp.incomplete',
    command,
    ...((verb === 'EHLO' || verb === 'HELO') && { client: text.slice(verb.length + 1) }),
  })
}

/** What MAIL and RCPT name; null where they name nothing. `<>` is the empty address. */
function addressIn(parameters: string): string | null {
  const path = /^(?:FROM|TO)\s*:\s*(?:<([^>]*)>|(\S+))/i.exec(parameters)
  return path ? (path[1] ?? path[2] ?? '').slice(0, MAX_ADDRESS) : null
}
