import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMarkers, markersIn } from '../server/dist/domain/synthetic-marker.js'
import { timestampOf } from '../server/dist/domain/timestamp.js'
import { createCommitter } from '../server/dist/features/ingest/commit.js'
import { NO_REQUEST } from '../server/dist/features/ingest/commit-plan.js'
import { createIngestStore } from '../server/dist/features/ingest/store.js'
import { textOf } from '../server/dist/features/ingest/synthetic-runs.js'
import { createRuleScorer } from '../server/dist/features/scoring/rules.js'
import { normalize } from '../server/dist/features/sensors/adapters/normalize.js'
import { createExpectedRuns } from '../server/dist/features/synthetic/expected-runs.js'
import { openStore } from '../server/dist/platform/postgres/open.js'
import { createLog } from '../server/dist/platform/telemetry/log.js'
import { batchesOverHttp } from './batches.mjs'
import { report } from './report.mjs'
import { record } from './traffic.mjs'

const BATCH = 500
const EVENTS_OF_ROUND = 20_000
const ROUNDS = 10

/**
 * (m) The group commit of the same kind of events with the check for synthetic attacks and without it, in turns, in one process and database;
 * while checked, an attack on another sensor is expected. Then the check alone, against all that an event costs in batches over HTTP.
 */
export async function benchMarkers() {
  const dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-bench-markers-'))
  const { logging } = createLog({ level: 'ERROR', destination: process.stderr })
  const { database, close } = await openStore({ databaseUrl: undefined, dataDir, now: Date.now }, logging)
  const expected = createExpectedRuns({
    store: { expected: async () => ({ sensors: ['synthetic-log'], sessions: [], attacked: [] }) },
    markers: createMarkers('a key for this measurement'),
    log: logging('bench'),
    now: Date.now,
  })
  await expected.start()
  const committer = (checks) =>
    createCommitter({
      store: createIngestStore(database.ingest),
      quota: { enforce: async () => {} },
      ensurePartitions: async () => {},
      scorer: createRuleScorer(),
      countryOf: () => null,
      now: Date.now,
      ...(checks && { syntheticRuns: expected }),
      observer: {
        sessionScored() {},
        escalated() {},
        commitRetried() {},
        ...(checks && { markerIgnored() {} }),
      },
    })
  const committers = { on: committer(true), off: committer(false) }
  const microseconds = { on: [], off: [] }
  let from = 0
  for (let round = -1; round < ROUNDS; round += 1) {
    // Who goes first has the colder cache; they take turns.
    for (const which of round % 2 ? ['on', 'off'] : ['off', 'on']) {
      const cost = await commitRound(committers[which], from)
      from += EVENTS_OF_ROUND
      if (round >= 0) microseconds[which].push(cost)
    }
  }
  await expected.stop()
  await close()
  rmSync(dataDir, { recursive: true, force: true })
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
  const ratios = microseconds.on.map((on, round) => on / microseconds.off[round])
  console.log(
    `(m) the commit of ${EVENTS_OF_ROUND} events in groups of ${BATCH}, ${ROUNDS} rounds in turns; medians`,
  )
  report('m', 'CPU of Node with the check', median(microseconds.on), 'us/event')
  report('m', 'CPU of Node without it', median(microseconds.off), 'us/event')
  report('m', 'commit with the check to without', median(ratios))
  const alone = checkAlone(expected, from)
  const whole = await batchesOverHttp()
  const event = whole.nodeMicroseconds + whole.postgresMicroseconds
  report('m', 'the check alone', alone, 'us/event')
  report('m', 'an event in batches over HTTP, Node and PostgreSQL', event, 'us/event')
  report('m', 'the check to all that an event costs', alone / event, '', '< 0.02')
}

/** Processor time of this process for each event, in microseconds. */
async function commitRound({ commitGroup }, from) {
  const groups = Array.from({ length: EVENTS_OF_ROUND / BATCH }, (_, group) =>
    eventsFrom(from + group * BATCH, BATCH),
  )
  const before = process.cpuUsage()
  for (const events of groups)
    await commitGroup([{ ...NO_REQUEST, key_id: '', records: events.map((event) => ({ events: [event] })) }])
  const { user, system } = process.cpuUsage(before)
  return (user + system) / EVENTS_OF_ROUND
}

/** The check by itself, which the difference of two rounds shows only with the noise of both. */
function checkAlone(expected, from) {
  const groups = Array.from({ length: EVENTS_OF_ROUND / BATCH }, (_, group) =>
    eventsFrom(from + group * BATCH, BATCH),
  )
  let found = 0
  const before = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round += 1)
    for (const events of groups) {
      found += expected.concerned(events).length
      for (const event of events) found += markersIn(textOf(event)).length
    }
  const { user, system } = process.cpuUsage(before)
  if (found > 0) throw new Error('no event of this measurement has a marker')
  return (user + system) / (EVENTS_OF_ROUND * ROUNDS)
}

function eventsFrom(from, count) {
  const received_at = timestampOf(Date.now())
  return Array.from({ length: count }, (_, n) => {
    const raw = record(from + n)
    return normalize(JSON.parse(raw), raw, { received_at })[0]
  })
}
