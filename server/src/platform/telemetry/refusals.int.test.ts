import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

describe.each(inject('postgresServers').slice(0, 1))('a flood of refusals on $version', (server) => {
  let api: TestPlatform
  let database: pg.Client
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await database.end()
    await api.close()
  }
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { OPERATIONS_INTERVAL_SECONDS: '0.2' } })
    database = new pg.Client({ connectionString: api.databaseUrl })
    await database.connect()
  })
  afterAll(close)

  const linesOf = (message: string) => api.logged.filter((line) => line['message'] === message)
  const standFor = (message: string) =>
    linesOf(message).reduce((sum, { count = 1 }) => sum + Number(count), 0)

  test('is a line for the first of each and one for the rest; metrics and series count every one', async () => {
    const ATTEMPTS = 100
    for (let n = 0; n < ATTEMPTS; n += 1) {
      const body = JSON.stringify({ username: 'admin', password: `wrong ${n}` })
      expect([401, 429]).toContain((await api.call('/auth/login', { method: 'POST', body })).status)
      expect((await api.call('/log', { method: 'POST', as: `unknown-key-${n}`, body: '{}' })).status).toBe(
        401,
      )
    }
    const hopeless = Array.from({ length: ATTEMPTS }, (_, n) => `{"hopeless":${n}}`).join('\n')
    await api.send(hopeless, { 'content-type': 'application/x-ndjson' })
    const events = Array.from({ length: ATTEMPTS }, (_, n) =>
      JSON.stringify({ source_ip: '203.0.113.7', occurred_at: new Date().toISOString(), username: `u${n}` }),
    ).join('\n')
    await api.send(events, { 'content-type': 'application/x-ndjson' })

    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toContain(`eviltwin_auth_logins_total{outcome="failure"} ${ATTEMPTS}\n`)
    expect(metrics).toContain(`eviltwin_auth_keys_refused_total{reason="unknown_or_revoked"} ${ATTEMPTS}\n`)
    expect(metrics).toContain(`eviltwin_records_quarantined_total{reason="missing_source_ip"} ${ATTEMPTS}\n`)
    await until(async () => {
      const { rows } = await database.query(
        `SELECT coalesce(sum(total), 0)::int AS total FROM signals WHERE span = 'minute' AND series = 'auth login'`,
      )
      return rows[0]?.total === ATTEMPTS
    })
    expect(linesOf('Event ingested')).toHaveLength(ATTEMPTS)
    // Two reasons of failed logins, one of keys, one of records.
    expect(linesOf('Auth login failed').map(({ reason }) => reason)).toEqual([
      'wrong_credentials',
      'rate_limited',
    ])
    expect(linesOf('Sensor key refused')).toHaveLength(1)
    expect(linesOf('Record quarantined')).toHaveLength(1)
    await close()
    for (const message of ['Auth login failed', 'Sensor key refused', 'Record quarantined']) {
      expect([message, standFor(message)]).toEqual([message, ATTEMPTS])
    }
    expect(linesOf('Auth login failed')).toHaveLength(4)
    expect(JSON.stringify(api.logged)).not.toContain(SENSOR_KEY)
  })
})
