import { constants, type KeyObject, privateDecrypt } from 'node:crypto'
import type { WeakLogins } from '../bait/weak-logins.js'
import { textOf } from '../connection/text.js'
import type { DecoyAction } from '../decoy.js'
import type { HandshakeResponse } from './handshake.js'
import type { AuthPlugin, MysqlProfile } from './mysql-profile.js'
import { crackableHash, passwordBehind, xor } from './passwords.js'

/** An RSA key in PEM and as an object. */
export interface RsaKey {
  publicPem: string
  privateKey: KeyObject
}

/** Sends a packet, and takes the next one of the client. */
export interface PacketDialogue {
  send(payload: Buffer): Promise<void>
  /** Null where the client ends. */
  next(): Promise<Buffer | null>
}

export interface AuthenticationOptions {
  profile: MysqlProfile
  logins: WeakLogins
  salt: Buffer
  /** For clients that encrypt their password with it. */
  rsaKey: () => Promise<RsaKey>
}

/** Credentials as they were given. */
export interface MysqlLogin {
  /** Absent where a hash was sent that is of no password that is known here. */
  password?: string
  plugin: string
  isAccepted: boolean
  details: NonNullable<DecoyAction['details']>
}

const CLEAR = 'mysql_clear_password'
const FAST_AUTH_SUCCESS = Buffer.from([0x01, 0x03])
const PERFORM_FULL_AUTHENTICATION = Buffer.from([0x01, 0x04])
const REQUEST_PUBLIC_KEY = 0x02
const MORE_DATA = 0x01
const AUTH_SWITCH = 0xfe

/** Takes what a client proves itself with, by the plugin that it names, or that it is asked to use. */
export async function authenticate(
  response: HandshakeResponse,
  dialogue: PacketDialogue,
  options: AuthenticationOptions,
): Promise<MysqlLogin> {
  const { profile, salt } = options
  const { username, plugin } = response
  if (plugin === CLEAR) return clearLogin(username, response.authResponse, options)
  if (plugin === profile.plugin || plugin === '') {
    const used = plugin === '' ? 'mysql_native_password' : profile.plugin
    return hashedLogin(username, used, response.authResponse, dialogue, options)
  }
  await dialogue.send(
    Buffer.concat([Buffer.from([AUTH_SWITCH]), Buffer.from(`${profile.plugin}\0`), salt, Buffer.of(0)]),
  )
  const answer = await dialogue.next()
  return hashedLogin(username, profile.plugin, answer ?? Buffer.alloc(0), dialogue, options)
}

function clearLogin(username: string, bytes: Buffer, { logins }: AuthenticationOptions): MysqlLogin {
  const password = textOf(withoutNul(bytes))
  return {
    password,
    plugin: CLEAR,
    isAccepted: logins.accepts(username, password),
    details: { plugin: CLEAR },
  }
}

async function hashedLogin(
  username: string,
  plugin: AuthPlugin,
  response: Buffer,
  dialogue: PacketDialogue,
  options: AuthenticationOptions,
): Promise<MysqlLogin> {
  const { logins, salt } = options
  const isCaching = plugin === 'caching_sha2_password'
  const known = passwordBehind(plugin, response, salt, logins.candidates)
  const isAccepted = known !== undefined && logins.accepts(username, known)
  if (isCaching && isAccepted) await dialogue.send(FAST_AUTH_SUCCESS)
  const password = known ?? (isCaching ? await askForPassword(dialogue, options) : undefined)
  return {
    ...(password !== undefined && { password }),
    plugin,
    isAccepted: isAccepted || (password !== undefined && logins.accepts(username, password)),
    details: { plugin, ...(response.length > 0 && { hash: crackableHash(plugin, response, salt) }) },
  }
}

/** As caching_sha2_password asks where it does not know the password: without TLS the client encrypts it with the key of the server. */
async function askForPassword(
  { send, next }: PacketDialogue,
  { salt, rsaKey }: AuthenticationOptions,
): Promise<string | undefined> {
  await send(PERFORM_FULL_AUTHENTICATION)
  let answer = await next()
  if (answer === null) return undefined
  // A client may have the key already, and may send its password without any; then it is no key that it sends.
  const { publicPem, privateKey } = await rsaKey()
  if (answer.length === 1 && answer[0] === REQUEST_PUBLIC_KEY) {
    await send(Buffer.concat([Buffer.of(MORE_DATA), Buffer.from(publicPem)]))
    answer = await next()
  }
  if (answer === null) return undefined
  return textOf(withoutNul(decrypted(answer, privateKey, salt) ?? answer))
}

/** RSA-OAEP of the password, with the salt over it. Null where it is not that. */
function decrypted(bytes: Buffer, key: KeyObject, salt: Buffer): Buffer | null {
  try {
    return xor(privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes), salt)
  } catch {
    return null
  }
}

function withoutNul(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes
}
