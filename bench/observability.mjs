import pg from 'pg'
import { CONNECTIONS, fire } from './fire.mjs'
import { startServer } from './server-process.mjs'

const ROUND_SECONDS = 6
const ROUNDS = 6
const DAYS = 90
const SERIES = 16

/** (f) What watching oneself costs: counting on against off, in turns; and what 90 days of minutes cost to read and to keep. */
export async function benchObservability() {
  const on = await startServer()
  const off = await startServer({ INSTRUMENTATION: 'false' })
  try {
    await fire(on.url, ROUND_SECONDS)
    await fire(off.url, ROUND_SECONDS)
    const rounds = []
    for (let round = 0; round < ROUNDS; round += 1) {
      // Who goes first has the warmer disk; they take turns.
      const [first, second] = round % 2 ? [on, off] : [off, on]
      const a = (await fire(first.url, ROUND_SECONDS)).requests.average
      const b = (await fire(second.url, ROUND_SECONDS)).requests.average
      rounds.push(round % 2 ? { on: a, off: b } : { on: b, off: a })
    }
    const mean = (name) => rounds.reduce((sum, round) => sum + round[name], 0) / ROUNDS
    console.log(
      `(f) single-event POST, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_SECONDS} s in turns`,
    )
    console.log(
      `    instrumentation on ${Math.round(mean('on'))}/s, off ${Math.round(mean('off'))}/s: costs ${((1 - mean('on') / mean('off')) * 100).toFixed(1)} % (aim < 5 %)`,
    )
  } finally {
    await off.stop()
  }
  try {
    await measureHistory(on)
  } finally {
    await on.stop()
  }
}

/** Copies the minutes of now to every minute of the last 90 days. */
async function measureHistory(server) {
  const client = new pg.Client(server.database())
  await client.connect()
  try {
    await readHistory(server, client)
  } finally {
    await client.end()
  }
}

async function readHistory(server, client) {
  const { rows: before } = await client.query(`SELECT pg_total_relation_size('signals') AS bytes`)
  await client.query(
    `INSERT INTO signals
      SELECT s.series, b.span, b.bucket, s.recorder, s.total, s.good, s.sketch
      FROM (SELECT DISTINCT ON (series) * FROM signals WHERE signals.span = 'minute'
        AND (series LIKE 'sli %' OR series LIKE 'route %' OR series = 'platform up') ORDER BY series LIMIT $1) s,
        LATERAL (
          SELECT 'minute' AS span, generate_series(date_trunc('minute', now()) - $2 * interval '1 day', now(), '1 minute') AS bucket
          UNION ALL
          SELECT 'hour', generate_series(date_trunc('hour', now()) - $2 * interval '1 day', now(), '1 hour')
        ) b
      ON CONFLICT DO NOTHING`,
    [SERIES, DAYS],
  )
  await client.query('VACUUM ANALYZE signals')
  const { rows } = await client.query(
    `SELECT pg_total_relation_size('signals') AS bytes, count(*) FILTER (WHERE span = 'minute') AS minutes FROM signals`,
  )
  const token = await server.token()
  const times = []
  for (let n = 0; n < 30; n += 1) {
    const start = performance.now()
    const response = await fetch(`${server.url}/slos`, { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  console.log(
    `    /slos over ${rows[0].minutes} stored minutes (${DAYS} days): median ${times[15].toFixed(0)} ms, p95 ${times[28].toFixed(0)} ms, first ${Math.max(...times).toFixed(0)} ms (aim < 50)`,
  )
  console.log(
    `    ${Math.round((rows[0].bytes - before[0].bytes) / rows[0].minutes)} bytes a series and minute, indexes included`,
  )
}
