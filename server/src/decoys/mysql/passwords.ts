import { createHash } from 'node:crypto'
import type { AuthPlugin } from './mysql-profile.js'

const hash = (algorithm: 'sha1' | 'sha256', ...parts: Buffer[]) => {
  const state = createHash(algorithm)
  for (const part of parts) state.update(part)
  return state.digest()
}

/** What a client sends for a password. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html */
export function scramble(plugin: AuthPlugin, password: string, salt: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0)
  if (plugin === 'mysql_native_password') {
    const once = hash('sha1', Buffer.from(password))
    return xor(once, hash('sha1', salt, hash('sha1', once)))
  }
  const once = hash('sha256', Buffer.from(password))
  return xor(once, hash('sha256', hash('sha256', hash('sha256', once)), salt))
}

/** The one of the candidates that gives this response, if one does. */
export function passwordBehind(
  plugin: AuthPlugin,
  response: Buffer,
  salt: Buffer,
  candidates: readonly string[],
): string | undefined {
  return ['', ...candidates].find((candidate) => scramble(plugin, candidate, salt).equals(response))
}

/**
 * The response with its salt: of mysql_native_password as hashcat takes it (mode 11200); of caching_sha2_password, which hashcat has no mode
 * for, in the same manner.
 */
export function crackableHash(plugin: AuthPlugin, response: Buffer, salt: Buffer): string {
  const name = plugin === 'mysql_native_password' ? 'mysqlna' : 'caching_sha2'
  return `$${name}$${salt.toString('hex')}*${response.toString('hex')}`
}

/** @param key is repeated where it is shorter. */
export function xor(bytes: Buffer, key: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (key[index % key.length] ?? 0)))
}
