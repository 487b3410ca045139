import type { WeakLogins } from '../bait/weak-logins.js'
import type { Conversation } from '../connection/serve-connection.js'
import type { SessionLog } from '../connection/session-log.js'
import { textOf } from '../connection/text.js'
import { answerCommand, type RedisState } from './commands.js'
import { intentOf, payloadName } from './intent.js'
import { encodeReply, type RedisReply, readCommand } from './resp.js'

export interface RedisSessionOptions {
  state: RedisState
  logins: WeakLogins
  /** That decoys show as bait. */
  password: string
}

/** Of a command, in its record. */
const MAX_RECORDED = 8_192
const MAX_RECORDED_WORDS = 64
/** Commands that are understood without a password. */
const BEFORE_LOGIN = new Set(['AUTH', 'HELLO', 'QUIT', 'RESET'])

/** What a connection has come to. */
interface RedisTalk extends RedisSessionOptions {
  log: SessionLog
  /** Of the protocol. */
  version: 2 | 3
  isLoggedIn: boolean
}

/** Talks as a Redis until the client ends. */
export async function talkRedis(
  { reader, send }: Conversation,
  log: SessionLog,
  options: RedisSessionOptions,
): Promise<void> {
  const { state } = options
  const talk: RedisTalk = { ...options, log, version: 2, isLoggedIn: !state.profile.needsPassword }
  const reply = (answer: RedisReply) => send(encodeReply(answer, talk.version))
  while (!log.isExhausted()) {
    const input = await readCommand(reader)
    if (input.kind === 'end') return
    if (input.kind === 'error') {
      const message = textOf(input.text.subarray(0, MAX_RECORDED))
      log.record({ event_type: 'other', action: 'redis.invalid', message })
      return reply({ error: `ERR ${input.message}` })
    }
    const [first, ...words] = input.words
    if (first === undefined) continue
    const name = textOf(first).toUpperCase().slice(0, 128)
    state.commands += 1
    recordCommand(log, name, input.words, input.isCut)
    if (name === 'QUIT') return reply({ status: 'OK' })
    await reply(answerTo(talk, name, words))
  }
}

const NO_AUTH = { error: 'NOAUTH Authentication required.' } as const

function answerTo(talk: RedisTalk, name: string, words: readonly Buffer[]): RedisReply {
  if (!talk.isLoggedIn && !BEFORE_LOGIN.has(name)) return NO_AUTH
  if (name === 'AUTH') return authenticate(talk, words.map(textOf))
  if (name === 'HELLO') return hello(talk, words.map(textOf))
  if (name === 'RESET') return { status: 'RESET' }
  return answerCommand(name, words, talk.state)
}

function login(talk: RedisTalk, username: string, given: string, action: string): RedisReply {
  const { needsPassword } = talk.state.profile
  // Without a password Redis refuses every attempt, and goes on.
  const isAccepted = needsPassword && (given === talk.password || talk.logins.accepts(username, given))
  if (isAccepted) talk.isLoggedIn = true
  talk.log.record({
    event_type: 'login_attempt',
    action,
    outcome: isAccepted ? 'success' : 'failure',
    username,
    password: given,
  })
  if (isAccepted) return { status: 'OK' }
  return needsPassword
    ? { error: 'WRONGPASS invalid username-password pair or user is disabled.' }
    : {
        error:
          'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      }
}

function authenticate(talk: RedisTalk, words: readonly string[]): RedisReply {
  const [first = '', second] = words
  if (words.length < 1 || words.length > 2)
    return { error: "ERR wrong number of arguments for 'auth' command" }
  return second === undefined
    ? login(talk, 'default', first, 'redis.auth')
    : login(talk, first, second, 'redis.auth')
}

function hello(talk: RedisTalk, [wanted = '', ...options]: readonly string[]): RedisReply {
  if (!['', '2', '3'].includes(wanted)) return { error: 'NOPROTO unsupported protocol version' }
  const at = options.findIndex((option) => option.toUpperCase() === 'AUTH')
  const answer = at < 0 ? null : login(talk, options[at + 1] ?? '', options[at + 2] ?? '', 'redis.hello')
  if (!talk.isLoggedIn) return answer ?? NO_AUTH
  if (wanted !== '') talk.version = wanted === '3' ? 3 : 2
  return {
    fields: [
      ['server', 'redis'],
      ['version', talk.state.profile.version],
      ['proto', talk.version],
      ['id', 7],
      ['mode', 'standalone'],
      ['role', 'master'],
      ['modules', []],
    ],
  }
}

function recordCommand(log: SessionLog, name: string, words: readonly Buffer[], isCut: boolean): void {
  const texts = [name, ...words.slice(1).map((word) => textOf(word.subarray(0, MAX_RECORDED)))]
  const known = /^[A-Z][A-Z.]{1,15}$/.test(name) ? name.toLowerCase() : 'unknown'
  const hidden = name === 'AUTH' ? [name] : texts.slice(0, MAX_RECORDED_WORDS)
  log.record({
    event_type: 'command',
    action: `redis.${known}`,
    command: hidden.join(' '),
    ...(isCut && { details: { is_cut: true } }),
  })
  const intent = intentOf(texts)
  if (intent !== null) log.record({ ...intent, command: hidden.join(' ') })
  for (const value of words.slice(1)) {
    const file = payloadName(value)
    if (file === null) continue
    const file_sha256 = log.keepFile({ name: file, content: value })
    log.record({ event_type: 'file_upload', action: `redis.payload`, file_sha256, message: file })
  }
}
