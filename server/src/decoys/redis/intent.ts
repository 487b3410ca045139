/** What an attacker uses a Redis for that is no database: writing a file of the host, running code, or reaching another host. */
export interface RedisIntent {
  event_type: 'exploit' | 'proxy_request'
  action: string
  url?: string
  message: string
}

/** Where a written dump would be run or trusted, and what that is called. */
const PLACES: ReadonlyArray<readonly [pattern: RegExp, action: string]> = [
  [/\.ssh\/?$|authorized_keys/i, 'redis.write_ssh_key'],
  [/cron/i, 'redis.write_cron'],
  [/^\/var\/www|htdocs|wwwroot|webroot|public_html|\.(?:php|jsp|aspx?)$/i, 'redis.write_web_shell'],
  [/^\/etc\/(?:init|systemd|ld\.so|profile|rc)/i, 'redis.write_startup'],
  [/\.so$/i, 'redis.write_module'],
  [/^\/(?:root|etc|home|usr)(?:\/|$)/i, 'redis.write_file'],
]

/** @param words in text; the first is the command in upper case. @returns null where the command is for a database. */
export function intentOf([
  command = '',
  first = '',
  second = '',
  third = '',
]: readonly string[]): RedisIntent | null {
  if (command === 'CONFIG' && first.toUpperCase() === 'SET') return configIntent(second.toLowerCase(), third)
  if (command === 'SLAVEOF' || command === 'REPLICAOF') return replicationIntent(first, second)
  if (command === 'MODULE' && first.toUpperCase().startsWith('LOAD'))
    return { event_type: 'exploit', action: 'redis.module_load', message: second }
  if (command === 'SYSTEM.EXEC' || command === 'SYSTEM.REV')
    return {
      event_type: 'exploit',
      action: 'redis.module_command',
      message: [command, first, second].join(' '),
    }
  if (command === 'MIGRATE')
    return {
      event_type: 'proxy_request',
      action: 'redis.migrate',
      url: `tcp://${first}:${second}`,
      message: first,
    }
  if (/^EVAL|^FCALL/.test(command) && LUA_ESCAPE.test(first))
    return { event_type: 'exploit', action: 'redis.lua_escape', message: first }
  return null
}

/** CVE-2022-0543, and other ways out of the Lua of Redis. */
const LUA_ESCAPE = /package\.loadlib|io\.popen|os\.execute|luaopen_|loadstring|dofile/i

function configIntent(parameter: string, value: string): RedisIntent | null {
  if (parameter !== 'dir' && parameter !== 'dbfilename') return null
  const place = PLACES.find(([pattern]) => pattern.test(value))
  return place ? { event_type: 'exploit', action: place[1], message: value } : null
}

function replicationIntent(host: string, port: string): RedisIntent | null {
  if (host.toUpperCase() === 'NO') return null
  return {
    event_type: 'proxy_request',
    action: 'redis.replicaof',
    url: `tcp://${host}:${port}`,
    message: host,
  }
}

/** A line of a crontab: five fields of times, or one word for them, and a command. */
const CRON_LINE = /^[ \t]*(?:@\w{1,16}|[*\d/,-]{1,32}(?:[ \t]{1,8}[*\d/,-]{1,32}){4})[ \t]{1,8}\S/
/** Looked at to find out what a value is. */
const MAX_LOOKED_AT = 65_536
const MAX_LINES = 500
const MAX_CRON_LINE = 256

/** Values that are a file rather than data: a key for SSH, lines of cron, a script, a program. @returns the name of the file, or null. */
export function payloadName(value: Buffer): string | null {
  const text = value.subarray(0, MAX_LOOKED_AT).toString('latin1')
  if (/ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-/.test(text)) return 'authorized_keys'
  const lines = text.split('\n', MAX_LINES)
  if (lines.some((line) => CRON_LINE.test(line.slice(0, MAX_CRON_LINE)))) return 'crontab'
  if (/<\?php|<%|eval\(/i.test(text)) return 'web-shell'
  if (text.startsWith('\x7fELF')) return 'program'
  return /#!\/|(?:curl|wget)\s/.test(text) ? 'script' : null
}
