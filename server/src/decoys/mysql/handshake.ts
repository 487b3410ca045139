import { textOf } from '../connection/text.js'
import type { MysqlProfile } from './mysql-profile.js'
import { createFieldReader } from './packets.js'

/** Of the capabilities of MySQL, the ones that are read here. */
const CONNECT_WITH_DB = 0x8
const PROTOCOL_41 = 0x200
const SSL = 0x800
const SECURE_CONNECTION = 0x8000
const PLUGIN_AUTH = 0x80000
const CONNECT_ATTRS = 0x100000
const PLUGIN_AUTH_LENENC = 0x200000
/** Those and what ordinary servers have besides; no TLS, no compression, no local files. */
const CAPABILITIES = 0x3f_a20f
const CHARSET = 45
const STATUS = 0x0002
/** Bytes of the salt in the first part of the greeting; the others follow after the fixed fields. */
const FIRST_SALT_BYTES = 8
export const SALT_BYTES = 20

/**
 * Protocol::HandshakeV10. @param salt 20 bytes, none of them 0.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
 */
export function greeting({ version, plugin }: MysqlProfile, threadId: number, salt: Buffer): Buffer {
  const fixed = Buffer.alloc(18)
  fixed.writeUInt16LE(CAPABILITIES & 0xffff, 0)
  fixed.writeUInt8(CHARSET, 2)
  fixed.writeUInt16LE(STATUS, 3)
  fixed.writeUInt16LE(CAPABILITIES >>> 16, 5)
  fixed.writeUInt8(SALT_BYTES + 1, 7)
  const thread = Buffer.alloc(4)
  thread.writeUInt32LE(threadId)
  return Buffer.concat([
    Buffer.from([10]),
    Buffer.from(`${version}\0`),
    thread,
    salt.subarray(0, FIRST_SALT_BYTES),
    Buffer.from([0]),
    fixed,
    salt.subarray(FIRST_SALT_BYTES),
    Buffer.from(`\0${plugin}\0`),
  ])
}

/** What a client answers the greeting with. */
export interface HandshakeResponse {
  username: string
  authResponse: Buffer
  database: string
  /** Empty where the client names none. */
  plugin: string
  /** Name and version of the client's library, as far as it states them. */
  client: string
  wantsTls: boolean
}

const MAX_ATTRIBUTES = 32

/** Protocol::HandshakeResponse41, or the older one. What is missing is empty. */
export function readHandshakeResponse(payload: Buffer): HandshakeResponse {
  const fields = createFieldReader(payload)
  const capabilities = payload.length < 4 ? 0 : payload.readUInt32LE(0)
  if ((capabilities & PROTOCOL_41) === 0) {
    fields.bytes(5)
    const username = textOf(fields.untilNul())
    return { ...NOTHING, username, authResponse: fields.untilNul() }
  }
  const has = (flag: number) => (capabilities & flag) !== 0
  fields.bytes(32)
  const username = textOf(fields.untilNul())
  const authResponse = has(PLUGIN_AUTH_LENENC)
    ? fields.lengthEncoded()
    : has(SECURE_CONNECTION)
      ? fields.bytes(fields.number(1))
      : fields.untilNul()
  const database = has(CONNECT_WITH_DB) ? textOf(fields.untilNul()) : ''
  const plugin = has(PLUGIN_AUTH) ? textOf(fields.untilNul()) : ''
  const client = has(CONNECT_ATTRS) ? clientIn(fields.lengthEncoded()) : ''
  return { username, authResponse, database, plugin, client, wantsTls: has(SSL) && payload.length === 32 }
}

const NOTHING = { database: '', plugin: '', client: '', wantsTls: false } as const

function clientIn(attributes: Buffer): string {
  const fields = createFieldReader(attributes)
  const found = new Map<string, string>()
  for (let count = 0; count < MAX_ATTRIBUTES; count += 1) {
    const name = textOf(fields.lengthEncoded())
    if (name === '') break
    found.set(name, textOf(fields.lengthEncoded()))
  }
  const names = ['_client_name', '_client_version', 'program_name', '_os', '_platform']
  return names.flatMap((name) => found.get(name) ?? []).join(' ')
}
