import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect } from 'vitest'
import { until } from '../server/src/testing/until.js'
import { SENSOR_KEY } from './server-process.js'

const SENDERS = 8

/** Sends events until told to stop; remembers which were acknowledged, and how many requests had no answer in time. */
export function sendEvents(url: string) {
  const acknowledged = new Set<string>()
  let unanswered = 0
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
        .catch((error: Error) => {
          if (error.name === 'TimeoutError') unanswered += 1
          return false
        })
      if (ok) for (const event of batch) acknowledged.add(event.username)
      else await sleep(20)
    }
  }
  const senders = Array.from({ length: SENDERS }, one)
  return {
    acknowledged,
    unanswered: () => unanswered,
    async stop() {
      sending = false
      await Promise.all(senders)
    },
  }
}

/** Everything that is counted, counted again from the events, once a running server has added up what its processes left for it. */
export async function audit(connection: pg.ClientConfig, acknowledged: ReadonlySet<string>) {
  const client = new pg.Client(connection)
  await client.connect()
  const all = async (text: string) => (await client.query(text)).rows
  await until(async () => (await all('SELECT FROM pending_totals LIMIT 1')).length === 0)
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
