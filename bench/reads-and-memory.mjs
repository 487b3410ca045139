import { KEY, startServer } from './server-process.mjs'
import { lines } from './traffic.mjs'

const STORED = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const BATCH = 500
const SENDERS = 4
const READS = 300

/** (c) Reads while events arrive, with a million stored; (d) memory before and after. */
export async function benchReadsAndMemory() {
  const server = await startServer()
  const before = server.memory()
  let next = 0
  const sender = (until) => async () => {
    while (next < until()) {
      const from = next
      next += BATCH
      const response = await fetch(`${server.url}/log`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${KEY}` },
        body: lines(from, BATCH),
      })
      if (!response.ok) throw new Error(`POST /log answered ${response.status}`)
      await response.arrayBuffer()
    }
  }
  const started = performance.now()
  const half = await fill(
    sender(() => STORED / 2),
    server,
  )
  const full = await fill(
    sender(() => STORED),
    server,
  )
  const seconds = (performance.now() - started) / 1000
  console.log(`(d) ${STORED} events stored in ${Math.round(seconds)} s (${Math.round(STORED / seconds)}/s)`)
  const show = ({ server: node, postgres }) =>
    `server ${Math.round(node)} MiB resident, PostgreSQL ${Math.round(postgres)} MiB proportional`
  console.log(
    `    at start: ${show(before)}\n    at half:  ${show(half)}\n    at end:   ${show(full)} (aim: server under 700)`,
  )

  let reading = true
  const ingest = Array.from(
    { length: 2 },
    sender(() => (reading ? Infinity : 0)),
  )
  const token = await server.token()
  const sent = next
  const readStarted = performance.now()
  for (const path of [
    '/sessions',
    '/sessions?threat_level=high',
    '/dashboard/stats',
    '/dashboard/timeline',
    '/dashboard/top-attackers',
  ]) {
    const times = []
    for (let n = 0; n < READS; n += 1) {
      const at = performance.now()
      const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`${path} answered ${response.status}`)
      times.push(performance.now() - at)
    }
    times.sort((a, b) => a - b)
    const p = (share) => times[Math.floor(times.length * share)].toFixed(1)
    console.log(`(c) ${path.padEnd(32)} p50 ${p(0.5)} ms, p95 ${p(0.95)} ms (aim under 100)`)
  }
  reading = false
  await Promise.all(ingest)
  console.log(
    `    while ${Math.round((next - sent) / ((performance.now() - readStarted) / 1000))} events/s arrived`,
  )
  await server.stop()
}

async function fill(send, server) {
  await Promise.all(Array.from({ length: SENDERS }, send))
  return server.memory()
}
