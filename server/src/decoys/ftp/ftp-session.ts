import type { Socket } from 'node:net'
import { posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { WeakLogins } from '../bait/weak-logins.js'
import { type CaptureBudget, createCapture } from '../connection/capture.js'
import type { Conversation } from '../connection/serve-connection.js'
import type { SessionLog } from '../connection/session-log.js'
import { textOf } from '../connection/text.js'
import { type BaitFiles, ftpTime, longListing, machineListing } from './bait-files.js'
import type { DataPort, DataPorts } from './data-connection.js'
import type { FtpProfile } from './ftp-profile.js'

export interface FtpSessionOptions {
  profile: FtpProfile
  logins: WeakLogins
  files: BaitFiles
  ports: DataPorts
  budget: CaptureBudget
  /** The client's, which a data connection must come from. */
  clientAddress: string
}

const MAX_LINE = 4_096
/** Logins, and data connections that the client does not open. */
const MAX_FAILURES = 6
/** Of one file; of a longer one the beginning is kept. */
const MAX_FILE = 8 * 1024 * 1024
/** Of one file; the data connection is closed then. */
const MAX_TRANSFER = 64 * 1024 * 1024
const ANONYMOUS = new Set(['anonymous', 'ftp'])
const BEFORE_LOGIN = new Set([
  'USER',
  'PASS',
  'AUTH',
  'QUIT',
  'FEAT',
  'SYST',
  'HELP',
  'NOOP',
  'PBSZ',
  'PROT',
  'OPTS',
])

/** Commands that differ in nothing but their answer, and change nothing. */
const PLAIN_ANSWERS = new Map<string, string>(
  Object.entries({
    AUTH: '530 Please login with USER and PASS.',
    PBSZ: '530 Please login with USER and PASS.',
    PROT: '530 Please login with USER and PASS.',
    NOOP: '200 NOOP ok.',
    ALLO: '202 ALLO command ignored.',
    OPTS: '200 Always in UTF8 mode.',
    MODE: '200 Mode set to S.',
    STRU: '200 Structure set to F.',
    REST: '350 Restart position accepted (0).',
    HELP: '214 Help OK.',
    ABOR: '225 No transfer to ABOR.',
    CLNT: '200 Noted.',
    STAT: '211 End of status',
    MKD: '550 Create directory operation failed.',
    RMD: '550 Remove directory operation failed.',
    DELE: '550 Delete operation failed.',
    RNTO: '503 RNFR required first.',
    RNFR: '550 RNFR command failed.',
    SITE: '500 Unknown SITE command.',
  }),
)

/** What a connection has come to. */
interface FtpState extends FtpSessionOptions {
  conversation: Conversation
  log: SessionLog
  user: string
  isLoggedIn: boolean
  failures: number
  folder: string
  data: DataPort | null
}

/** Talks FTP (RFC 959) until the client ends. What is stored is kept as evidence, and shown to nobody. */
export async function talkFtp(
  conversation: Conversation,
  log: SessionLog,
  options: FtpSessionOptions,
): Promise<void> {
  const { reader } = conversation
  const state: FtpState = {
    ...options,
    conversation,
    log,
    user: '',
    isLoggedIn: false,
    failures: 0,
    folder: '/',
    data: null,
  }
  // A client that is gone does not keep its data port.
  conversation.socket.once('close', () => closeData(state))
  try {
    await reply(state, `220 ${options.profile.banner}`)
    for (let line = await reader.line(MAX_LINE); line !== null; line = await reader.line(MAX_LINE)) {
      const text = textOf(line.bytes)
      const [word = ''] = text.split(' ', 1)
      const verb = word.toUpperCase()
      recordCommand(log, verb, text, line.isComplete)
      if (!line.isComplete) return
      if (verb === 'QUIT') return await reply(state, options.profile.bye)
      await obey(state, verb, text.slice(word.length + 1))
      if (state.failures >= MAX_FAILURES || log.isExhausted()) return
    }
  } finally {
    closeData(state)
  }
}

function reply({ conversation }: FtpState, line: string): Promise<void> {
  return conversation.send(`${line}\r\n`)
}

function obey(state: FtpState, verb: string, parameter: string): Promise<void> {
  if (!state.isLoggedIn && !BEFORE_LOGIN.has(verb))
    return reply(state, '530 Please login with USER and PASS.')
  const command = COMMANDS.get(verb)
  return command
    ? command(state, parameter, verb)
    : reply(state, PLAIN_ANSWERS.get(verb) ?? '500 Unknown command.')
}

type FtpCommand = (state: FtpState, parameter: string, verb: string) => Promise<void>

const COMMANDS = new Map<string, FtpCommand>([
  ['USER', nameUser],
  ['PASS', login],
  ['SYST', (state) => reply(state, `215 ${state.profile.system}`)],
  ['FEAT', listFeatures],
  ['PWD', (state) => reply(state, `257 "${state.folder}" is the current directory`)],
  ['XPWD', (state) => reply(state, `257 "${state.folder}" is the current directory`)],
  ['CWD', changeFolder],
  ['XCWD', changeFolder],
  ['CDUP', (state) => changeFolder(state, '..')],
  ['TYPE', setType],
  ['PASV', listen],
  ['EPSV', listen],
  ['PORT', recordTarget],
  ['EPRT', recordTarget],
  ['LIST', list],
  ['NLST', list],
  ['MLSD', list],
  ['RETR', retrieve],
  ['STOR', store],
  ['APPE', store],
  ['STOU', store],
  ['SIZE', answerFact],
  ['MDTM', answerFact],
])

function nameUser(state: FtpState, user: string): Promise<void> {
  state.user = user
  state.isLoggedIn = false
  return reply(state, '331 Please specify the password.')
}

function login(state: FtpState, password: string): Promise<void> {
  const { user, profile, logins, log } = state
  if (user === '') return reply(state, '503 Login with USER first.')
  state.isLoggedIn = ANONYMOUS.has(user.toLowerCase()) || logins.accepts(user, password)
  const outcome = state.isLoggedIn ? 'success' : 'failure'
  log.record({ event_type: 'login_attempt', action: 'ftp.login', outcome, username: user, password })
  if (!state.isLoggedIn) state.failures += 1
  return reply(state, state.isLoggedIn ? profile.loginAccepted : profile.loginRefused)
}

function listFeatures({ conversation, profile }: FtpState): Promise<void> {
  const lines = profile.features.map((name) => ` ${name}\r\n`)
  return conversation.send(`211-Features:\r\n${lines.join('')}211 End\r\n`)
}

function setType(state: FtpState, parameter: string): Promise<void> {
  const isKnown = /^[AI]/i.test(parameter)
  return reply(state, isKnown ? '200 Switching mode.' : '500 Unrecognised TYPE command.')
}

function pathOf({ folder }: FtpState, name: string): string {
  return posix.resolve('/', folder, name)
}

function closeData(state: FtpState): void {
  state.data?.close()
  state.data = null
}

async function listen(state: FtpState, _parameter: string, verb: string): Promise<void> {
  closeData(state)
  const local = state.conversation.socket.localAddress ?? ''
  const address = local.replace(/^::ffff:/, '')
  if (verb === 'PASV' && address.includes(':')) return reply(state, '522 Use EPSV.')
  const data = await state.ports.open(local, state.clientAddress)
  if (data === null) return reply(state, '421 There are too many connected users, please try later.')
  state.data = data
  const { port } = data
  if (verb === 'EPSV') return reply(state, `229 Entering Extended Passive Mode (|||${port}|)`)
  const numbers = [...address.split('.'), port >> 8, port & 0xff].join(',')
  await reply(state, `227 Entering Passive Mode (${numbers}).`)
}

/** PORT and EPRT name an address that a server would connect to. No connection is made, and a transfer finds none. */
function recordTarget(state: FtpState, parameter: string, verb: string): Promise<void> {
  closeData(state)
  const url = verb === 'PORT' ? portTarget(parameter) : extendedTarget(parameter)
  if (url === null) return reply(state, '501 Illegal PORT command.')
  state.log.record({
    event_type: 'proxy_request',
    action: `ftp.${verb.toLowerCase()}`,
    url,
    message: parameter,
  })
  return reply(state, `200 ${verb} command successful. Consider using PASV.`)
}

/** Waits for the data connection, and does with it what a command is for. @param use gives the last answer. */
async function transfer(state: FtpState, use: (connection: Socket) => Promise<string>): Promise<void> {
  if (state.data === null) return reply(state, '425 Failed to establish connection.')
  await reply(state, '150 Here comes the data.')
  const connection = await state.data.socket()
  if (connection === null) state.failures += 1
  const answer = connection === null ? '425 Failed to establish connection.' : await use(connection)
  closeData(state)
  await reply(state, answer)
}

function show(state: FtpState, content: Buffer | string, done: string): Promise<void> {
  return transfer(state, (connection) =>
    pipeline([content], connection).then(
      () => done,
      () => '426 Failure writing network stream.',
    ),
  )
}

function store(state: FtpState, name: string, verb: string): Promise<void> {
  return transfer(state, async (connection) => {
    const capture = createCapture(state.budget, MAX_FILE)
    try {
      for await (const chunk of connection) {
        capture.append(chunk as Buffer)
        if (capture.size() > MAX_TRANSFER) break
      }
    } catch {
      // What arrived before the connection broke is kept.
    }
    const details = { bytes: capture.size(), is_cut: capture.isCut() }
    const content = capture.take()
    const file_sha256 = state.log.keepFile({ name: posix.basename(name) || 'unnamed', content })
    state.log.record({
      event_type: 'file_upload',
      action: `ftp.${verb.toLowerCase()}`,
      file_sha256,
      message: pathOf(state, name),
      details,
    })
    return '226 Transfer complete.'
  })
}

function list(state: FtpState, parameter: string, verb: string): Promise<void> {
  const name = parameter.startsWith('-') ? '' : parameter
  const found = state.files.list(pathOf(state, name)) ?? []
  const names = () => found.map((file) => `${file.name}\r\n`).join('')
  const text = verb === 'NLST' ? names() : verb === 'MLSD' ? machineListing(found) : longListing(found)
  return show(state, text, '226 Directory send OK.')
}

async function retrieve(state: FtpState, name: string): Promise<void> {
  const file = state.files.read(pathOf(state, name))
  if (file === null) return reply(state, '550 Failed to open file.')
  state.log.record({ event_type: 'file_download', action: 'ftp.retr', message: pathOf(state, name) })
  await show(state, file.content, '226 Transfer complete.')
}

function changeFolder(state: FtpState, name: string): Promise<void> {
  const path = pathOf(state, name)
  if (state.files.list(path) === null) return reply(state, '550 Failed to change directory.')
  state.folder = path
  return reply(state, '250 Directory successfully changed.')
}

function answerFact(state: FtpState, name: string, verb: string): Promise<void> {
  const file = state.files.read(pathOf(state, name))
  if (file === null) return reply(state, '550 Could not get file size.')
  return reply(state, `213 ${verb === 'SIZE' ? file.content.length : ftpTime(file.modified)}`)
}

/** The password is for the record of the login. */
function recordCommand(log: SessionLog, verb: string, text: string, isComplete: boolean): void {
  const known = /^[A-Z]{3,4}$/.test(verb) ? verb.toLowerCase() : 'unknown'
  const command = verb === 'PASS' ? 'PASS' : text
  log.record({ event_type: 'command', action: isComplete ? `ftp.${known}` : 'ftp.incomplete', command })
}

/** RFC 959, section 4.1.2: the bytes of an address and a port. */
function portTarget(parameter: string): string | null {
  const numbers = parameter.trim().split(',').map(Number)
  const isValid = numbers.length === 6 && numbers.every((n) => Number.isInteger(n) && n >= 0 && n <= 255)
  if (!isValid) return null
  const [high = 0, low = 0] = numbers.slice(4)
  return `tcp://${numbers.slice(0, 4).join('.')}:${high * 256 + low}`
}

/** RFC 2428: `|1|192.0.2.1|6275|`, with any character in the place of the bars. */
function extendedTarget(parameter: string): string | null {
  const separator = parameter[0]
  if (separator === undefined) return null
  const [, family, address, port] = parameter.slice(0, 256).split(separator)
  if ((family !== '1' && family !== '2') || !address || !/^\d{1,5}$/.test(port ?? '')) return null
  return family === '2' ? `tcp://[${address}]:${port}` : `tcp://${address}:${port}`
}
