import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { control, restart } from './postgres-control.js'
import { createInstallation, PASSWORD, SENSOR_KEY } from './server-process.js'

const ROUNDS = Number(process.env['DURABILITY_ROUNDS'] ?? 3)
const SENDERS = 8

/** Sends events until told to stop; remembers which were acknowledged. */
function sendEvents(url: string) {
  const acknowledged = new Set<string>()
  let sent = 0
  let sending = true
  const one = async () => {
    while (sending) {
      sent += 1
      const username = `user-${sent}`
      const batch = Array.from({ length: sent % 3 === 0 ? 20 : 1 }, (_, index) => ({
        source_ip: `198.51.100.${sent % 50}`,
        time: new Date().toISOString(),
        sensor_id: `s${sent % 3}`,
        session_id: `${sent % 40}`,
        username: `${username}-${index}`,
        password: 'x',
      }))
      const ok = await fetch(`${url}/log`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(batch),
        signal: AbortSignal.timeout(20_000),
      })
        .then(
          async (response) =>
            response.ok && ((await response.json()) as { accepted: number }).accepted === batch.length,
        )
        .catch(() => false)
      if (ok) for (const event of batch) acknowledged.add(event.username)
      else await sleep(20)
    }
  }
  const senders = Array.from({ length: SENDERS }, one)
  return {
    acknowledged,
    async stop() {
      sending = false
      await Promise.all(senders)
    },
  }
}

/** Everything that is counted, counted again from the events. */
async function audit(connection: pg.ClientConfig, acknowledged: ReadonlySet<string>) {
  const client = new pg.Client(connection)
  await client.connect()
  const all = async (text: string) => (await client.query(text)).rows
  const stored = (await all('SELECT username FROM events')).map(({ username }) => username as string)
  const distinct = new Set(stored)
  expect([...acknowledged].filter((username) => !distinct.has(username))).toEqual([])
  expect(distinct.size).toBe(stored.length)
  expect(await all('SELECT id FROM event_keys EXCEPT SELECT id FROM events')).toEqual([])
  expect(
    await all(`SELECT id FROM sessions s FULL JOIN (SELECT session_id AS id, count(*) AS n FROM events GROUP BY 1) e USING (id)
      WHERE s.event_count IS DISTINCT FROM e.n`),
  ).toEqual([])
  expect(
    await all(`SELECT source_ip FROM attackers a FULL JOIN (
        SELECT source_ip, count(*) AS n, count(DISTINCT session_id) AS s FROM events GROUP BY 1
      ) e USING (source_ip) WHERE a.event_count IS DISTINCT FROM e.n OR a.session_count IS DISTINCT FROM e.s`),
  ).toEqual([])
  for (const span of ['minute', 'hour']) {
    expect(
      await all(`SELECT bucket FROM (SELECT * FROM event_rollups WHERE span = '${span}') r FULL JOIN (
          SELECT date_trunc('${span}', occurred_at) AS bucket, sensor_id, event_type, count(*) AS n FROM events GROUP BY 1, 2, 3
        ) e USING (bucket, sensor_id, event_type) WHERE r.events IS DISTINCT FROM e.n`),
    ).toEqual([])
    expect(
      await all(`SELECT bucket FROM (SELECT * FROM session_rollups WHERE span = '${span}' AND sessions <> 0) r FULL JOIN (
          SELECT date_trunc('${span}', started_at) AS bucket, sensor_id, threat_level, count(*) AS n FROM sessions GROUP BY 1, 2, 3
        ) s USING (bucket, sensor_id, threat_level) WHERE r.sessions IS DISTINCT FROM s.n`),
    ).toEqual([])
  }
  await client.end()
  return stored.length
}

test(`${ROUNDS} times kill -9 under load: every acknowledged event is there, none twice, and all counts agree`, async () => {
  const installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
  })
  try {
    let server = await installation.start()
    const load = sendEvents(installation.url)
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(700 + Math.random() * 600)
      await server.kill('SIGKILL')
      server = await installation.start()
    }
    await load.stop()
    const password = readFileSync(join(installation.dataDir, 'postgres', 'cluster.password'), 'utf8').trim()
    const host = join(installation.dataDir, 'postgres', 'run')
    const stored = await audit({ host, user: 'eviltwin', database: 'eviltwin', password }, load.acknowledged)
    await server.kill('SIGTERM')
    expect(load.acknowledged.size).toBeGreaterThan(100)
    console.info(`kill -9: ${ROUNDS} rounds, ${load.acknowledged.size} acknowledged, ${stored} stored`)
  } finally {
    installation.remove()
  }
})

describe.each(inject('postgresServers').slice(-1))('on $version', (postgres) => {
  test(`${ROUNDS} times pg_ctl stop -m immediate under load: the same, and the server itself never goes away`, async () => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const installation = await createInstallation({
      DATABASE_URL: url,
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    })
    try {
      const server = await installation.start()
      const load = sendEvents(installation.url)
      for (let round = 0; round < ROUNDS; round += 1) {
        await sleep(700 + Math.random() * 600)
        control(postgres, 'stop', '-m', 'immediate')
        const health = async () => {
          const answer = await fetch(`${installation.url}/health`)
          return [answer.status, ((await answer.json()) as { database: boolean }).database].join()
        }
        await until(async () => (await health()) === '503,false')
        restart(postgres)
        await until(async () => (await health()) === '200,true')
        const before = load.acknowledged.size
        await until(() => load.acknowledged.size > before)
      }
      await load.stop()
      const stored = await audit({ connectionString: url }, load.acknowledged)
      await server.kill('SIGTERM')
      expect(server.process.exitCode).toBe(0)
      console.info(
        `pg_ctl stop -m immediate: ${ROUNDS} rounds, ${load.acknowledged.size} acknowledged, ${stored} stored`,
      )
    } finally {
      await drop()
      installation.remove()
    }
  })
})
