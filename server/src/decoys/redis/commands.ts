import { textOf } from '../connection/text.js'
import type { KeySpace } from './key-space.js'
import type { RedisProfile } from './redis-profile.js'
import type { RedisReply } from './resp.js'

/** What commands of one connection see and change. */
export interface RedisState {
  profile: RedisProfile
  keys: KeySpace
  config: Map<string, string>
  clients: number
  commands: number
  now: () => number
}

type Command = (words: readonly Buffer[], state: RedisState) => RedisReply

const OK = { status: 'OK' } as const
const SYNTAX = { error: 'ERR syntax error' } as const
const OUT_OF_MEMORY = { error: "OOM command not allowed when used memory > 'maxmemory'." } as const
/** Of a value that is appended to: all of it is copied. */
const MAX_APPENDED = 65_536
/** Parameters that CONFIG SET may add. */
const MAX_CONFIG = 128

/** The words of a command after its name. @returns what Redis would answer. */
export function answerCommand(name: string, words: readonly Buffer[], state: RedisState): RedisReply {
  const command = COMMANDS.get(name)
  if (command) return words.length < (MIN_WORDS.get(name) ?? 0) ? wrongNumber(name) : command(words, state)
  const shown = words.slice(0, 8).map((word) => `'${textOf(word.subarray(0, 128))}' `)
  return { error: `ERR unknown command '${name.slice(0, 128)}', with args beginning with: ${shown.join('')}` }
}

function wrongNumber(name: string): RedisReply {
  return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` }
}

const text = (word: Buffer | undefined) => (word === undefined ? '' : word.toString('latin1'))
const upper = (word: Buffer | undefined) => text(word).toUpperCase()

/** Those that need words. */
const MIN_WORDS = new Map<string, number>([
  ['GET', 1],
  ['SET', 2],
  ['SETEX', 3],
  ['SETNX', 2],
  ['DEL', 1],
  ['UNLINK', 1],
  ['EXISTS', 1],
  ['KEYS', 1],
  ['SCAN', 1],
  ['TYPE', 1],
  ['TTL', 1],
  ['EXPIRE', 2],
  ['APPEND', 2],
  ['STRLEN', 1],
  ['INCR', 1],
  ['ECHO', 1],
  ['SELECT', 1],
  ['EVAL', 2],
  ['EVALSHA', 2],
  ['CONFIG', 1],
  ['MODULE', 1],
  ['SLAVEOF', 2],
  ['REPLICAOF', 2],
])

const COMMANDS = new Map<string, Command>([
  ['PING', ([word]) => word ?? { status: 'PONG' }],
  ['ECHO', ([word]) => word ?? null],
  [
    'SELECT',
    ([word]) => (/^(?:\d|1[0-5])$/.test(text(word)) ? OK : { error: 'ERR DB index is out of range' }),
  ],
  ['INFO', info],
  ['CONFIG', config],
  ['COMMAND', ([word]) => (upper(word) === 'COUNT' ? 240 : [])],
  ['CLIENT', client],
  ['DBSIZE', (_words, { keys }) => keys.size()],
  ['TIME', (_words, { now }) => [String(Math.floor(now() / 1_000)), String((now() % 1_000) * 1_000)]],
  ['ROLE', () => ['master', 0, []]],
  ['LASTSAVE', (_words, { now }) => Math.floor(now() / 1_000) - 311],
  ['GET', ([key], { keys }) => keys.get(text(key)) ?? null],
  ['SET', set],
  ['SETEX', ([key, , value], { keys }) => stored(keys, key, value)],
  [
    'SETNX',
    ([key, value], { keys }) =>
      keys.get(text(key)) === undefined && stored(keys, key, value) === OK ? 1 : 0,
  ],
  ['APPEND', append],
  ['STRLEN', ([key], { keys }) => keys.get(text(key))?.length ?? 0],
  ['INCR', increment],
  ['DEL', (words, { keys }) => keys.remove(words.map(text))],
  ['UNLINK', (words, { keys }) => keys.remove(words.map(text))],
  ['EXISTS', (words, { keys }) => words.filter((word) => keys.get(text(word)) !== undefined).length],
  ['TYPE', ([key], { keys }) => ({ status: keys.get(text(key)) === undefined ? 'none' : 'string' })],
  ['TTL', ([key], { keys }) => (keys.get(text(key)) === undefined ? -2 : -1)],
  ['EXPIRE', ([key], { keys }) => (keys.get(text(key)) === undefined ? 0 : 1)],
  ['KEYS', ([pattern], { keys }) => keys.names().filter(matcher(text(pattern)))],
  ['SCAN', (words, { keys }) => ['0', keys.names().filter(matcher(scanPattern(words)))]],
  ['FLUSHALL', flush],
  ['FLUSHDB', flush],
  ['SAVE', () => OK],
  ['BGSAVE', () => ({ status: 'Background saving started' })],
  ['BGREWRITEAOF', () => ({ status: 'Background append only file rewriting started' })],
  ['SLAVEOF', () => OK],
  ['REPLICAOF', () => OK],
  ['MODULE', module],
  ['EVAL', evaluate],
  ['EVALSHA', () => ({ error: 'NOSCRIPT No matching script. Please use EVAL.' })],
  ['SCRIPT', ([word]) => (upper(word) === 'LOAD' ? 'a42059b356c875f0717db19a51f6aaca9ae659ea' : OK)],
  ['SYSTEM.EXEC', () => ''],
  ['PUBLISH', () => 0],
  ['MONITOR', () => OK],
  ['DEBUG', () => OK],
  ['MULTI', () => OK],
  ['EXEC', () => ({ error: 'ERR EXEC without MULTI' })],
  ['SLOWLOG', () => []],
  ['ACL', ([word]) => (upper(word) === 'WHOAMI' ? 'default' : ['user default on nopass ~* &* +@all'])],
])

function info(
  [section]: readonly Buffer[],
  { profile, keys, clients, commands, now }: RedisState,
): RedisReply {
  const sections = profile.info({ now: now(), keys: keys.size(), clients, commands })
  const wanted = upper(section)
  const isAll = ['', 'ALL', 'DEFAULT', 'EVERYTHING'].includes(wanted)
  return sections
    .filter(([name]) => isAll || name.toUpperCase() === wanted)
    .map(([name, lines]) => `# ${name}\r\n${lines}${lines === '' ? '' : '\r\n'}`)
    .join('\r\n')
}

function config([what, parameter, value]: readonly Buffer[], state: RedisState): RedisReply {
  const name = text(parameter).toLowerCase()
  if (upper(what) === 'GET') {
    const matches = matcher(name)
    return { fields: [...state.config].filter(([key]) => matches(key)) }
  }
  if (upper(what) === 'SET') {
    if (value === undefined) return wrongNumber('config|set')
    if (state.config.size >= MAX_CONFIG && !state.config.has(name)) return { error: 'ERR Unknown option' }
    state.config.set(name.slice(0, 128), text(value).slice(0, 4_096))
    return OK
  }
  return upper(what) === 'REWRITE' || upper(what) === 'RESETSTAT' ? OK : SYNTAX
}

function client([what]: readonly Buffer[]): RedisReply {
  if (upper(what) === 'ID') return 7
  if (upper(what) === 'GETNAME') return null
  if (upper(what) === 'LIST')
    return 'id=7 addr=127.0.0.1:40112 fd=8 name= age=3 idle=0 flags=N db=0 cmd=client\n'
  return OK
}

function module([what]: readonly Buffer[]): RedisReply {
  if (upper(what) === 'LIST') return []
  if (upper(what).startsWith('LOAD'))
    return { error: 'ERR Error loading the extension. Please check the server logs.' }
  return upper(what) === 'UNLOAD'
    ? { error: 'ERR Error unloading module: no such module with that name' }
    : SYNTAX
}

/** Scripts are not run. One that only returns a word or a number is answered. */
function evaluate([script]: readonly Buffer[]): RedisReply {
  const returned = /^\s*return\s+(?:(\d{1,9})|'([^']*)'|"([^"]*)")\s*;?\s*$/.exec(
    text(script).slice(0, 4_096),
  )
  if (!returned) return null
  return returned[1] === undefined ? (returned[2] ?? returned[3] ?? '') : Number(returned[1])
}

function flush(_words: readonly Buffer[], { keys }: RedisState): RedisReply {
  keys.clear()
  return OK
}

function set([key, value, ...options]: readonly Buffer[], { keys }: RedisState): RedisReply {
  const isThere = keys.get(text(key)) !== undefined
  const flags = options.map(upper)
  if ((flags.includes('NX') && isThere) || (flags.includes('XX') && !isThere)) return null
  return stored(keys, key, value)
}

function append([key, value]: readonly Buffer[], { keys }: RedisState): RedisReply {
  const before = keys.get(text(key)) ?? Buffer.alloc(0)
  if (before.length > MAX_APPENDED) return OUT_OF_MEMORY
  const whole = Buffer.concat([before, value ?? Buffer.alloc(0)])
  return keys.set(text(key), whole) ? whole.length : OUT_OF_MEMORY
}

function increment([key]: readonly Buffer[], { keys }: RedisState): RedisReply {
  const value = keys.get(text(key))?.toString('latin1') ?? '0'
  if (!/^-?\d{1,15}$/.test(value)) return { error: 'ERR value is not an integer or out of range' }
  return keys.set(text(key), Buffer.from(String(Number(value) + 1))) ? Number(value) + 1 : OUT_OF_MEMORY
}

function stored(keys: KeySpace, key: Buffer | undefined, value: Buffer | undefined): RedisReply {
  return keys.set(text(key), value ?? Buffer.alloc(0)) ? OK : OUT_OF_MEMORY
}

function scanPattern(words: readonly Buffer[]): string {
  const at = words.findIndex((word) => upper(word) === 'MATCH')
  return at < 0 ? '*' : text(words[at + 1])
}

const MAX_PATTERN = 64
/** Of a name, when it is compared with a pattern. */
const MAX_MATCHED_NAME = 256

/** `*` and `?` of Redis; everything else of a pattern is taken as it is. In time that grows with the pattern times the name at most. */
export function matcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.slice(0, MAX_PATTERN)
  return (whole) => {
    const name = whole.slice(0, MAX_MATCHED_NAME)
    let at = 0
    let star = -1
    let resume = 0
    let index = 0
    while (index < name.length) {
      if (at < wanted.length && wanted[at] === '*') {
        star = at
        resume = index
        at += 1
      } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === name[index])) {
        at += 1
        index += 1
      } else if (star >= 0) {
        at = star + 1
        resume += 1
        index = resume
      } else return false
    }
    return /^\**$/.test(wanted.slice(at))
  }
}
