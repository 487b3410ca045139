import { randomBytes } from 'node:crypto'
import type { WeakLogins } from '../bait/weak-logins.js'
import type { CaptureBudget } from '../connection/capture.js'
import type { Conversation } from '../connection/serve-connection.js'
import type { SessionLog } from '../connection/session-log.js'
import { textOf } from '../connection/text.js'
import { type AuthenticationDialogue, MECHANISMS } from './authentication.js'
import { readMessage } from './message.js'
import type { SmtpProduct } from './products/product.js'

export interface SmtpSessionOptions {
  product: SmtpProduct
  logins: WeakLogins
  budget: CaptureBudget
  /** For CRAM-MD5. */
  challenge: string
  /** Canonical. */
  clientAddress: string
  /** Milliseconds since 1970. */
  now: () => number
}

/** RFC 4954, section 4: 12,288 octets of base64 and the command. */
const MAX_LINE = 12_320
/** Commands that are none, or out of place, and logins that fail. */
const MAX_ERRORS = 20
/** Of one message. */
const MAX_RECIPIENTS = 1_000
/** Of one message, in its record. */
const MAX_RECORDED_RECIPIENTS = 50
/** Also of what an answer repeats. */
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
  const { product, now } = options
  const state: SmtpState = { ...options, conversation, log, errors: 0, sender: null, recipients: [] }
  await reply(state, `220 ${product.banner(now())}`)
  for (let line = await reader.line(MAX_LINE); line !== null; line = await reader.line(MAX_LINE)) {
    const text = textOf(line.bytes)
    const [word = ''] = text.split(/[ \t]/, 1)
    const verb = word.toUpperCase()
    recordCommand(log, verb, text, line.isComplete)
    if (!line.isComplete) return
    if (verb === 'QUIT') return reply(state, product.ok.bye)
    if (line.isCut) await refuse(state, product.refusals.tooLong)
    else await obey(state, verb, text)
    if (state.errors >= MAX_ERRORS || log.isExhausted()) return reply(state, product.tooManyErrors)
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

function obey(state: SmtpState, verb: string, text: string): Promise<void> {
  const { answers, ok, refusals } = state.product
  const parameters = text.slice(verb.length + 1).trim()
  if (verb === 'EHLO' || verb === 'HELO') return greet(state, verb, parameters)
  if (verb === 'AUTH') return authenticate(state, parameters)
  if (verb === 'MAIL') return takeSender(state, parameters)
  if (verb === 'RCPT') return takeRecipient(state, parameters)
  if (verb === 'DATA') return receive(state)
  if (verb === 'RSET') {
    reset(state)
    return reply(state, ok.reset)
  }
  const answer = Object.hasOwn(answers, verb) ? answers[verb] : undefined
  if (answer) return reply(state, answer(repeatable(parameters)))
  return refuse(state, refusals.unknown(repeatable(text)))
}

/** What an answer may repeat of a client: a line stays one, and short. */
function repeatable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_ADDRESS)
}

function greet(state: SmtpState, verb: string, name: string): Promise<void> {
  const { product, clientAddress: address } = state
  reset(state)
  if (name === '') return refuse(state, product.refusals.hello(verb))
  const lines = [
    product.hello({ name: repeatable(name), address }),
    ...(verb === 'EHLO' ? product.extensions : []),
  ]
  return reply(
    state,
    lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n'),
  )
}

async function authenticate(state: SmtpState, parameters: string): Promise<void> {
  const { ok, refusals } = state.product
  const [name = '', initial] = parameters.split(' ', 2)
  const mechanism = MECHANISMS.get(name.toUpperCase())
  if (!mechanism) return refuse(state, refusals.mechanism(repeatable(name)))
  const dialogue = dialogueOf(state, initial)
  const login = await mechanism(dialogue, state.logins)
  if (login === null) return refuse(state, dialogue.isCancelled() ? refusals.cancelled : refusals.undecodable)
  const { isAccepted, ...credentials } = login
  state.log.record({
    event_type: 'login_attempt',
    action: `smtp.auth.${name.toLowerCase()}`,
    outcome: isAccepted ? 'success' : 'failure',
    ...credentials,
  })
  if (isAccepted) return reply(state, ok.authenticated)
  await refuse(state, refusals.credentials)
}

/** @param initial in base64; `=` is an empty one. */
function dialogueOf(
  state: SmtpState,
  initial: string | undefined,
): AuthenticationDialogue & { isCancelled(): boolean } {
  let isCancelled = false
  return {
    isCancelled: () => isCancelled,
    challenge: state.challenge,
    initial: initial === undefined ? null : Buffer.from(initial === '=' ? '' : initial, 'base64'),
    async ask(text) {
      await reply(state, `334 ${Buffer.from(text).toString('base64')}`)
      const line = await state.conversation.reader.line(MAX_LINE)
      const answer = line?.bytes.toString('latin1') ?? '*'
      isCancelled = answer === '*'
      return isCancelled ? null : Buffer.from(answer, 'base64')
    },
  }
}

function takeSender(state: SmtpState, parameters: string): Promise<void> {
  const { product } = state
  if (state.sender !== null) return refuse(state, product.refusals.secondMail)
  const address = addressIn(parameters)
  if (address === null) return refuse(state, product.refusals.noAddress('MAIL'))
  state.sender = address
  return reply(state, product.sender(repeatable(address)))
}

function takeRecipient(state: SmtpState, parameters: string): Promise<void> {
  const { recipients, product } = state
  if (state.sender === null) return refuse(state, product.refusals.noMail)
  const address = addressIn(parameters)
  if (address === null) return refuse(state, product.refusals.noAddress('RCPT'))
  if (recipients.length >= MAX_RECIPIENTS) return refuse(state, product.refusals.tooManyRecipients)
  recipients.push(address)
  return reply(state, product.recipient(repeatable(address)))
}

async function receive(state: SmtpState): Promise<void> {
  const { sender, recipients, log, product } = state
  if (sender === null || recipients.length === 0)
    return refuse(state, product.refusals.noRecipient(sender !== null))
  await reply(state, product.ok.data)
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
  if (isComplete) await reply(state, product.queued(randomBytes(16)))
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
