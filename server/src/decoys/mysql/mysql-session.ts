import type { Conversation } from '../connection/serve-connection.js'
import type { SessionLog } from '../connection/session-log.js'
import { textOf } from '../connection/text.js'
import { type AuthenticationOptions, authenticate, type PacketDialogue } from './authentication.js'
import { greeting, type HandshakeResponse, readHandshakeResponse } from './handshake.js'
import { intentOfQuery } from './intent.js'
import {
  createFieldReader,
  eofPacket,
  errorPacket,
  framePackets,
  okPacket,
  readPacket,
  resultPackets,
} from './packets.js'
import { answerQuery, type QueryAnswer, type QueryState } from './queries.js'

export interface MysqlSessionOptions extends AuthenticationOptions, Pick<QueryState, 'bait'> {
  threadId: number
  clientAddress: string
}

/** The first byte of a command. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html */
const COMMANDS = new Map<number, string>([
  [0x01, 'quit'],
  [0x02, 'init_db'],
  [0x03, 'query'],
  [0x04, 'field_list'],
  [0x05, 'create_db'],
  [0x06, 'drop_db'],
  [0x09, 'statistics'],
  [0x0a, 'process_info'],
  [0x0d, 'debug'],
  [0x0e, 'ping'],
  [0x11, 'change_user'],
  [0x12, 'binlog_dump'],
  [0x16, 'stmt_prepare'],
  [0x1b, 'set_option'],
  [0x1f, 'reset_connection'],
])
/** Those whose parameter is text. */
const WITH_TEXT = new Set(['init_db', 'query', 'create_db', 'drop_db', 'stmt_prepare'])
const MAX_RECORDED = 8_192

/** A connection, with the numbers of its packets. */
interface MysqlTalk extends PacketDialogue {
  sendAll(payloads: readonly Buffer[]): Promise<void>
}

/** Talks as a MySQL server until the client ends. */
export async function talkMysql(
  conversation: Conversation,
  log: SessionLog,
  options: MysqlSessionOptions,
): Promise<void> {
  const talk = createTalk(conversation, log)
  await talk.send(greeting(options.profile, options.threadId, options.salt))
  const payload = await talk.next()
  if (payload === null) return
  const response = readHandshakeResponse(payload)
  if (response.wantsTls) {
    log.record({ event_type: 'other', action: 'mysql.tls_request', message: 'the client asks for TLS' })
    return
  }
  if (!(await login(response, talk, log, options))) return
  const { profile, bait, clientAddress } = options
  const state: QueryState = {
    profile,
    bait,
    user: `${response.username}@${clientAddress}`,
    database: response.database === bait.databaseUser ? response.database : '',
  }
  for (let command = await talk.next(); command !== null; command = await talk.next()) {
    if (!(await obey(command, talk, log, state))) return
  }
}

function createTalk({ reader, send }: Conversation, log: SessionLog): MysqlTalk {
  let sequence = 0
  const sendAll = async (payloads: readonly Buffer[]) => {
    await send(framePackets(payloads, sequence))
    sequence = (sequence + payloads.length) & 0xff
  }
  return {
    sendAll,
    send: (payload) => sendAll([payload]),
    async next() {
      const packet = await readPacket(reader)
      if (packet.kind === 'packet') {
        sequence = (packet.sequence + 1) & 0xff
        return packet.payload
      }
      if (packet.kind === 'too_large') {
        log.record({ event_type: 'other', action: 'mysql.invalid', message: 'a packet that is too large' })
        await sendAll([errorPacket(1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes")])
      }
      return null
    },
  }
}

/** @returns whether the client is in. */
async function login(
  response: HandshakeResponse,
  talk: MysqlTalk,
  log: SessionLog,
  options: MysqlSessionOptions,
): Promise<boolean> {
  const { username, authResponse, client, database } = response
  const { isAccepted, details, password } = await authenticate(response, talk, options)
  log.record({
    event_type: 'login_attempt',
    action: 'mysql.login',
    outcome: isAccepted ? 'success' : 'failure',
    username,
    ...(password !== undefined && { password }),
    ...(client !== '' && { client }),
    details: { ...details, ...(database !== '' && { database }) },
  })
  if (isAccepted) {
    await talk.send(okPacket())
    return true
  }
  const using = authResponse.length > 0 ? 'YES' : 'NO'
  const message = `Access denied for user '${username.slice(0, 80)}'@'${options.clientAddress}' (using password: ${using})`
  await talk.send(errorPacket(1045, '28000', message))
  return false
}

/** @returns whether the connection goes on. */
async function obey(command: Buffer, talk: MysqlTalk, log: SessionLog, state: QueryState): Promise<boolean> {
  const name = COMMANDS.get(command[0] ?? -1) ?? 'unknown'
  const parameter = command.subarray(1)
  const sql = WITH_TEXT.has(name) ? textOf(parameter) : ''
  log.record({
    event_type: 'command',
    action: `mysql.${name}`,
    command: sql === '' ? name : sql.slice(0, MAX_RECORDED),
  })
  if (name === 'quit') return false
  if (name === 'change_user') {
    recordChangeOfUser(parameter, log)
    await talk.send(errorPacket(1045, '28000', 'Access denied'))
    return false
  }
  if (sql !== '') recordIntent(sql, log)
  await talk.sendAll(answerTo(name, sql, state))
  return !log.isExhausted()
}

function answerTo(name: string, sql: string, state: QueryState): Buffer[] {
  if (name === 'query') return packetsOf(answerQuery(sql, state))
  if (name === 'init_db') return packetsOf(answerQuery(`use \`${sql}\``, state))
  if (name === 'ping' || name === 'reset_connection' || name === 'debug') return [okPacket()]
  if (name === 'field_list' || name === 'set_option') return [eofPacket()]
  if (name === 'statistics')
    return [Buffer.from('Uptime: 1893411  Threads: 3  Questions: 48821  Slow queries: 0  Opens: 161')]
  if (name === 'stmt_prepare')
    return [
      errorPacket(1295, 'HY000', 'This command is not supported in the prepared statement protocol yet'),
    ]
  if (name === 'unknown') return [errorPacket(1047, '08S01', 'Unknown command')]
  return [
    errorPacket(
      1227,
      '42000',
      'Access denied; you need (at least one of) the SUPER privilege(s) for this operation',
    ),
  ]
}

function packetsOf(answer: QueryAnswer): Buffer[] {
  if (answer.kind === 'ok') return [okPacket(answer.affectedRows)]
  if (answer.kind === 'result') return resultPackets(answer.result)
  return [errorPacket(answer.code, answer.state, answer.message)]
}

function recordIntent(sql: string, log: SessionLog): void {
  const intent = intentOfQuery(sql)
  if (intent === null) return
  const { action, content } = intent
  const file_sha256 = content === undefined ? {} : { file_sha256: log.keepFile({ name: action, content }) }
  log.record({ event_type: 'exploit', action, command: sql.slice(0, MAX_RECORDED), ...file_sha256 })
}

/** COM_CHANGE_USER: a name, and a hash of the password. */
function recordChangeOfUser(parameter: Buffer, log: SessionLog): void {
  const fields = createFieldReader(parameter)
  const username = textOf(fields.untilNul())
  log.record({ event_type: 'login_attempt', action: 'mysql.change_user', outcome: 'failure', username })
}
