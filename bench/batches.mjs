import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { timestampOf } from '../server/dist/domain/timestamp.js'
import { NO_REQUEST, planCommit } from '../server/dist/features/ingest/commit-plan.js'
import { createIngestStore } from '../server/dist/features/ingest/store.js'
import { gather } from '../server/dist/features/ingest/write-group.js'
import { writeStatement } from '../server/dist/features/ingest/write-statement-store.js'
import { createRuleScorer } from '../server/dist/features/scoring/rules.js'
import { normalize } from '../server/dist/features/sensors/adapters/normalize.js'
import { openStore } from '../server/dist/platform/postgres/open.js'
import { createLog } from '../server/dist/platform/telemetry/log.js'
import { report } from './report.mjs'
import { KEY, startServer } from './server-process.mjs'
import { lines, record } from './traffic.mjs'

const BATCH = 500
const EVENTS = 60_000
const SENDERS = 4

/** (b) NDJSON batches of 500 over HTTP against the store's group commit of the same rows, planned and written alone. */
export async function benchBatches() {
  const raw = [await rawCommit()]
  const http = [await batchesOverHttp()]
  raw.push(await rawCommit())
  http.push(await batchesOverHttp())
  const best = (rates) => Math.max(...rates)
  const fastest = http.toSorted((x, y) => y.rate - x.rate)[0]
  console.log(
    `(b) ${EVENTS} events in NDJSON batches of ${BATCH}, ${SENDERS} senders; two alternating rounds, best of each`,
  )
  report('b', 'raw group commit', Math.round(best(raw)), 'events/s')
  report('b', 'EvilTwin over HTTP', Math.round(fastest.rate), 'events/s')
  report('b', 'EvilTwin to raw group commit', fastest.rate / best(raw), '', '>= 0.75')
  report('b', 'CPU of Node', fastest.nodeMicroseconds, 'us/event', '<= 35')
  report('b', 'CPU of PostgreSQL', fastest.postgresMicroseconds, 'us/event')
}

/** Events a second that a fresh server takes in batches, and its processor time for each, in microseconds. */
export async function batchesOverHttp(environment = {}) {
  const server = await startServer(environment)
  let next = 0
  const send = async () => {
    while (next < EVENTS) {
      const from = next
      next += BATCH
      const response = await fetch(`${server.url}/log`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${KEY}` },
        body: lines(from, BATCH),
      })
      const { accepted } = await response.json()
      if (accepted !== BATCH) throw new Error(`only ${accepted} of ${BATCH} were accepted`)
    }
  }
  const before = server.cpu()
  const started = performance.now()
  await Promise.all(Array.from({ length: SENDERS }, send))
  const rate = EVENTS / ((performance.now() - started) / 1000)
  const after = server.cpu()
  await server.stop()
  return {
    rate,
    nodeMicroseconds: ((after.node - before.node) / EVENTS) * 1e6,
    postgresMicroseconds: ((after.postgres - before.postgres) / EVENTS) * 1e6,
  }
}

async function rawCommit() {
  const dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-bench-raw-'))
  const { logging } = createLog({ level: 'ERROR', destination: process.stderr })
  const { database, close } = await openStore({ databaseUrl: undefined, dataDir, now: Date.now }, logging)
  const store = createIngestStore(database.ingest)
  const scorer = createRuleScorer()
  const received_at = timestampOf(Date.now())
  const events = Array.from({ length: EVENTS }, (_, n) => {
    const raw = record(n)
    return normalize(JSON.parse(raw), raw, { received_at })[0]
  })
  const started = performance.now()
  for (let at = 0; at < events.length; at += BATCH) {
    const group = events.slice(at, at + BATCH)
    const written = gather([{ ...NO_REQUEST, records: [{ events: group }] }])
    await store.write(writeStatement(written, group, planCommit(group, new Map(), scorer)))
  }
  const rate = EVENTS / ((performance.now() - started) / 1000)
  await close()
  rmSync(dataDir, { recursive: true, force: true })
  return rate
}
