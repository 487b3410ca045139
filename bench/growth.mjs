import pg from 'pg'
import { report } from './report.mjs'
import { KEY, startServer } from './server-process.mjs'
import { lines } from './traffic.mjs'

const MILLION = 1_000_000
const ADDRESSES = 200_000
const BATCH = 500
const SENDERS = 4
const READS = 40
const PATHS = [
  '/sessions',
  '/sessions?q=wget',
  '/sessions?threat_level=medium&count=true',
  '/dashboard/top-attackers',
  '/dashboard/stats',
  '/feeds/blocklist.txt',
  '/feeds/stix',
]

/** What an event costs PostgreSQL, Node and the disk at each million, and what is read takes with ingest running at the last. */
export async function benchGrowth(millions) {
  const server = await startServer({ LOG_LEVEL: 'INFO', FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES: 'true' })
  const client = new pg.Client(server.database())
  await client.connect()
  let next = 0
  const send = (isOver) => async () => {
    while (!isOver()) {
      const from = next
      next += BATCH
      const response = await fetch(`${server.url}/log`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${KEY}` },
        body: lines(from, BATCH, ADDRESSES),
      })
      if (!response.ok) throw new Error(`POST /log answered ${response.status}`)
      await response.arrayBuffer()
    }
  }
  const sendUntil = (isOver) => Promise.all(Array.from({ length: SENDERS }, send(isOver)))
  try {
    for (let million = 1; million <= millions; million += 1) {
      const before = await stateOf(server, client)
      const started = performance.now()
      await sendUntil(() => next >= million * MILLION)
      reportMillion(million, before, await stateOf(server, client), (performance.now() - started) / 1000)
    }
    let reading = true
    const ingest = sendUntil(() => !reading)
    await readAll(server)
    reading = false
    await ingest
  } finally {
    await client.end()
    await server.stop()
  }
}

async function stateOf(server, client) {
  const { rows } = await client.query(
    `SELECT pg_database_size(current_database())::float8 AS bytes,
       (SELECT jsonb_object_agg(relname, jsonb_build_array(n_tup_hot_upd, n_tup_upd)) FROM pg_stat_user_tables
        WHERE relname IN ('attackers', 'sessions')) AS updates`,
  )
  return { ...rows[0], ...server.cpu(), memory: server.memory() }
}

function reportMillion(million, before, after, seconds) {
  const each = (name) => ((after[name] - before[name]) / MILLION) * (name === 'bytes' ? 1 : 1e6)
  const at = `at ${million} M`
  report('growth', `events ${at}`, Math.round(MILLION / seconds), 'events/s')
  report('growth', `CPU of PostgreSQL ${at}`, each('postgres'), 'us/event')
  report('growth', `CPU of Node ${at}`, each('node'), 'us/event')
  report('growth', `disk ${at}`, Math.round(each('bytes')), 'bytes/event', '<= 450')
  for (const table of ['attackers', 'sessions']) {
    const [hot, all] = after.updates[table].map((count, n) => count - before.updates[table][n])
    // Sessions that come whole are inserted once and never updated.
    if (all > 0) report('growth', `HOT updates of ${table} ${at}`, (100 * hot) / all, '%')
  }
  report('growth', `memory of the server ${at}`, Math.round(after.memory.server), 'MiB', '< 600')
}

async function readAll(server) {
  const headers = { authorization: `Bearer ${await server.token()}` }
  for (const path of PATHS) {
    const firstBytes = []
    const whole = []
    for (let n = 0; n < READS; n += 1) {
      const at = performance.now()
      const response = await fetch(server.url + path, { headers })
      firstBytes.push(performance.now() - at)
      await response.arrayBuffer()
      whole.push(performance.now() - at)
      if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    }
    const p95 = (times) => times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1]
    const isFeed = path.startsWith('/feeds/')
    report('growth', `p95 of ${path}${isFeed ? ', first byte' : ''}`, p95(firstBytes), 'ms', '< 150')
    if (isFeed) report('growth', `p95 of ${path}, all of it`, p95(whole), 'ms')
  }
}
