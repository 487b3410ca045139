import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { feed, type ListeningDecoy, listenWith, testIdentity } from '../../testing/decoy-harness.js'
import { assertAnyStream } from '../../testing/decoy-properties.js'
import { silent } from '../../testing/silent.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createMysqlDecoy } from './decoy.js'
import { intentOfQuery } from './intent.js'
import { type AuthPlugin, mysqlProfileOf } from './mysql-profile.js'
import { framePackets } from './packets.js'
import { passwordBehind, scramble } from './passwords.js'

const CLIENT = '/usr/bin/mariadb'
const run = promisify(execFile)

function seedWith(plugin: AuthPlugin): string {
  const seeds = Array.from({ length: 200 }, (_, index) => `mysql ${index}`)
  return seeds.find((seed) => mysqlProfileOf(testIdentity(seed)).plugin === plugin) ?? ''
}

let listening: ListeningDecoy | null = null
afterEach(() => listening?.stop())

const logins = () => listening?.records().filter(({ event_type }) => event_type === 'login_attempt') ?? []

describe.skipIf(!existsSync(CLIENT)).each(['mysql_native_password', 'caching_sha2_password'] as const)(
  'the client of MariaDB, with %s',
  (plugin) => {
    const identity = testIdentity(seedWith(plugin))
    const { databasePassword, databaseUser, adminPassword } = baitSecretsOf(identity)

    async function mariadb(password: string, sql: string, ...more: string[]): Promise<string> {
      const connection = ['-h', '127.0.0.1', '-P', String(listening?.port), '--protocol=tcp', '--skip-ssl']
      const login = ['-u', 'root', `-p${password}`]
      const { stdout } = await run(CLIENT, [
        '--no-defaults',
        ...connection,
        ...login,
        '--batch',
        ...more,
        '-e',
        sql,
      ])
      return stdout
    }

    test('the password that decoys show opens it, and common probes are answered', async () => {
      listening = await listenWith(createMysqlDecoy, { identity })
      const version = await mariadb(databasePassword, 'select @@version, version() as v, user(), 7')
      expect(version.split('\n')[1]?.split('\t')).toEqual([
        expect.stringMatching(/^\d+\.\d+\.\d+/),
        expect.stringMatching(/^\d+\.\d+\.\d+/),
        'root@127.0.0.1',
        '7',
      ])
      expect((await mariadb(databasePassword, 'show databases')).split('\n')).toContain(databaseUser)
      const users = await mariadb(databasePassword, `use ${databaseUser}; show tables; select * from users`)
      expect(users).toContain(adminPassword)
      expect(await mariadb(databasePassword, "show variables like 'plugin_dir'")).toContain(
        '/usr/lib/mysql/plugin/',
      )
      expect(logins()[0]).toMatchObject({
        username: 'root',
        password: databasePassword,
        outcome: 'success',
        details: { bait: ['databasePassword'], plugin },
      })
      const queries = listening.records().filter(({ action }) => action === 'mysql.query')
      expect(queries.map(({ command }) => command)).toContain('show databases')
      expect(listening.failures).toEqual([])
    })

    test('a wrong password is refused; what was sent of it is recorded', async () => {
      listening = await listenWith(createMysqlDecoy, { identity })
      await expect(mariadb('no-such-password', 'select 1')).rejects.toThrow(
        /Access denied for user 'root'@'127.0.0.1'/,
      )
      expect(logins()).toHaveLength(1)
      expect(logins()[0]).toMatchObject({ outcome: 'failure', username: 'root' })
      if (plugin === 'caching_sha2_password') expect(logins()[0]?.password).toBe('no-such-password')
      else expect(logins()[0]?.details?.['hash']).toMatch(/^\$mysqlna\$[0-9a-f]{40}\*[0-9a-f]{40}$/)
    })

    test('writing a file of the host is refused, recorded and kept', async () => {
      listening = await listenWith(createMysqlDecoy, { identity })
      const program = Buffer.from('\x7fELF program').toString('hex')
      const sql = `select 0x${program} into dumpfile '/usr/lib/mysql/plugin/u.so'`
      await expect(mariadb(databasePassword, sql)).rejects.toThrow(/1290/)
      await expect(
        mariadb(databasePassword, `load data local infile '/etc/passwd' into table x`, '--local-infile=1'),
      ).rejects.toThrow(/1148/)
      const exploits = listening.records().filter(({ event_type }) => event_type === 'exploit')
      expect(exploits.map(({ action }) => action)).toEqual(['mysql.write_file', 'mysql.load_data'])
      expect(String(listening.files()[0]?.content)).toBe('\x7fELF program')
    })

    test('what it does not know is an error like those of MySQL', async () => {
      listening = await listenWith(createMysqlDecoy, { identity })
      await expect(mariadb(databasePassword, 'nonsense')).rejects.toThrow(/1064/)
      await expect(mariadb(databasePassword, 'select * from nothing')).rejects.toThrow(/1046/)
      await expect(mariadb(databasePassword, 'use nothing')).rejects.toThrow(/1049/)
      await expect(mariadb(databasePassword, 'select nothing')).rejects.toThrow(/1054/)
    })
  },
)

describe('a MySQL that is none', () => {
  const decoyWith = (plugin: AuthPlugin) =>
    createMysqlDecoy({ identity: testIdentity(seedWith(plugin)), log: silent('decoy'), now: Date.now })
  const decoy = decoyWith('mysql_native_password')

  /** Protocol 4.1, secure connection, plugins. */
  function response(username: string, auth: Buffer, plugin: string): Buffer {
    const head = Buffer.alloc(32)
    head.writeUInt32LE(0x80000 | 0x8000 | 0x200, 0)
    return Buffer.concat([
      head,
      Buffer.from(`${username}\0`),
      Buffer.of(auth.length),
      auth,
      Buffer.from(`${plugin}\0`),
    ])
  }

  test('a password in clear text is recorded', async () => {
    const { session } = await feed(decoy, [
      framePackets([response('joe', Buffer.from('s3cret\0'), 'mysql_clear_password')], 1),
    ])
    expect(session.records).toEqual([
      expect.objectContaining({ username: 'joe', password: 's3cret', action: 'mysql.login' }),
    ])
  })

  test('a client of another plugin is asked to change it', async () => {
    const { answer } = await feed(decoy, [
      framePackets([response('joe', Buffer.alloc(32, 1), 'caching_sha2_password')], 1),
      framePackets([Buffer.alloc(20, 2)], 3),
    ])
    expect(answer.includes('\xfemysql_native_password\0', 0, 'latin1')).toBe(true)
  })

  test('a request for TLS, and a packet that is too large, end a connection', async () => {
    const tls = Buffer.alloc(32)
    tls.writeUInt32LE(0x200 | 0x800, 0)
    const asked = await feed(decoy, [framePackets([tls], 1)])
    expect(asked.session.records.map(({ action }) => action)).toEqual(['mysql.tls_request'])
    const large = await feed(decoy, [Buffer.from('ffffff01', 'hex'), Buffer.alloc(1_000)])
    expect(large.session.records.map(({ action }) => action)).toEqual(['mysql.invalid'])
    expect(large.answer.includes('max_allowed_packet')).toBe(true)
  })

  test('the scramble of mysql_native_password is SHA1(p) XOR SHA1(salt SHA1(SHA1(p)))', () => {
    const salt = Buffer.from('abcdefghijklmnopqrst')
    const sha1 = (...parts: Buffer[]) => createHash('sha1').update(Buffer.concat(parts)).digest()
    const once = sha1(Buffer.from('root'))
    const mask = sha1(salt, sha1(once))
    const response = Buffer.from(once.map((byte, index) => byte ^ (mask[index] ?? 0)))
    expect(scramble('mysql_native_password', 'root', salt)).toEqual(response)
    expect(passwordBehind('mysql_native_password', response, salt, ['x', 'root'])).toBe('root')
    expect(passwordBehind('mysql_native_password', Buffer.alloc(20), salt, ['x'])).toBeUndefined()
  })

  test.each([
    ["select '<?php' into outfile '/var/www/x.php'", 'mysql.write_file'],
    ["create function sys_eval returns string soname 'u.so'", 'mysql.user_defined_function'],
    ['select sys_exec("id")', 'mysql.run_program'],
    ["select load_file('/etc/passwd')", 'mysql.read_file'],
    ["set global general_log_file = '/var/www/x.php'", 'mysql.write_log'],
    ['select 1', undefined],
  ])('%s', (sql, action) => {
    expect(intentOfQuery(sql)?.action).toBe(action)
  })

  test('installations present themselves differently', () => {
    const versions = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (seed) => mysqlProfileOf(testIdentity(seed)).version,
    )
    expect(new Set(versions).size).toBeGreaterThan(3)
  })

  test.each(['mysql_native_password', 'caching_sha2_password'] as const)(
    'whatever the bytes are, and however they arrive, the records are the same (%s)',
    async (plugin) => {
      const packet = (payload: Buffer, sequence: number) =>
        framePackets([payload], sequence).toString('latin1')
      const { databasePassword } = baitSecretsOf(testIdentity(seedWith(plugin)))
      const admitted = response('root', Buffer.from(`${databasePassword}\0`), 'mysql_clear_password')
      const parts = [
        packet(response('root', Buffer.alloc(20, 1), 'mysql_native_password'), 1),
        packet(response('root', Buffer.alloc(32, 1), 'caching_sha2_password'), 1),
        packet(admitted, 1),
        packet(Buffer.from('\x03select 1'), 0),
        packet(Buffer.from('\x11root\0'), 0),
        packet(Buffer.of(0x0e), 0),
        packet(Buffer.of(0x02), 3),
        '\x05\x00\x00\x00',
      ]
      await assertAnyStream(createMysqlDecoy, parts, { seed: seedWith(plugin) })
    },
  )
})
