import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, inject, test } from 'vitest'
import { campaign } from './hostile/campaign.js'
import { canaryVisits } from './hostile/canary-visits.js'
import CASES from './hostile/cases.json' with { type: 'json' }
import { compressedBodies } from './hostile/compressed-bodies.js'
import { databaseHang, databaseStop } from './hostile/database-outage.js'
import { feeds } from './hostile/feeds.js'
import { type HonestRequest, isSending, startHonestSensor } from './hostile/honest-sensor.js'
import type { AttackRun, HostileCase } from './hostile/hostile-case.js'
import { idleBodies } from './hostile/idle-bodies.js'
import { largeBodiesCase } from './hostile/large-bodies.js'
import { logins } from './hostile/logins.js'
import { longSession } from './hostile/long-session.js'
import { measureCost } from './hostile/measurement.js'
import { quarantine } from './hostile/quarantine.js'
import { refusals } from './hostile/refusals.js'
import { AIMS, type Figures, figuresOf, tableOf } from './hostile/report.js'
import { slowReaders } from './hostile/slow-readers.js'
import { openStage } from './hostile/stage.js'
import { createTally } from './hostile/tally.js'

/** `npm run test:hostile` attacks for longer; this is enough for every attack to have begun and to be refused. */
const SECONDS = Number(process.env['HOSTILE_SECONDS'] ?? 2)
const IS_LONG_RUN = process.env['HOSTILE_SECONDS'] !== undefined
/** The honest sensor also sends before and after the attack. */
const CALM_MS = 1_000

const BY_NAME: Record<keyof typeof CASES, HostileCase> = {
  quarantine,
  'long-session': longSession,
  'idle-bodies': idleBodies,
  'compressed-bodies': compressedBodies,
  'large-bodies': largeBodiesCase,
  'canary-visits': canaryVisits,
  feeds,
  'database-stop': databaseStop,
  'database-hang': databaseHang,
  refusals,
  campaign,
  logins,
  'slow-readers': slowReaders,
}

const chosen = Object.keys(CASES).filter(
  (name) => process.env['HOSTILE_CASE'] === undefined || name === process.env['HOSTILE_CASE'],
) as Array<keyof typeof CASES>
const all: Figures[] = []

afterAll(() => {
  if (!IS_LONG_RUN) return
  console.log(`\n${tableOf(all)}\n\nWhat misses its aim is bold.`)
  const file = process.env['HOSTILE_JSON']
  if (file) writeFileSync(file, `${JSON.stringify({ aims: AIMS, cases: all }, null, 2)}\n`)
})

const [postgres] = inject('postgresServers').slice(-1)
if (!postgres) throw new Error('there is always the embedded PostgreSQL')

test.each(chosen)(
  'an honest sensor is served during the attack %s',
  async (name) => {
    const hostileCase = BY_NAME[name]
    if (IS_LONG_RUN) console.log(`${name}: ${CASES[name]}`)
    const stage = await openStage(postgres, hostileCase.environment)
    try {
      const attack = await hostileCase.prepare(stage)
      const endCost = measureCost(stage.server.process.pid ?? 0, stage.eventLoopLog)
      const sensor = startHonestSensor(stage.url, stage.honestKey)
      await sleep(CALM_MS)
      const milliseconds = SECONDS * 1000
      const over = Date.now() + milliseconds
      const run: AttackRun = { milliseconds, isOver: () => Date.now() >= over, tally: createTally() }
      await attack.run(run)
      await sleep(CALM_MS)
      await sensor.stop()
      const cost = endCost()
      const { requests } = sensor
      const figures = figuresOf(name, SECONDS, {
        requests,
        cost,
        tally: run.tally,
        tolerates: hostileCase.tolerates,
      })
      all.push(figures)
      figures.facts = Object.fromEntries((await attack.verify?.(run, requests)) ?? [])
      if (IS_LONG_RUN) console.log(JSON.stringify(figures))
      expectServed(requests, hostileCase.tolerates)
    } finally {
      await stage.close()
    }
  },
  SECONDS * 1000 * 2 + 180_000,
)

/** Every request was answered as it should be; shows those that were not by what they got. */
function expectServed(requests: readonly HonestRequest[], tolerates: HostileCase['tolerates']): void {
  const wrong = requests.filter((request) => request.status !== 200 && !tolerates?.(request))
  expect(wrong.map(({ what, status }) => `${what}: ${status}`)).toEqual([])
  expect(requests.filter(isSending).length).toBeGreaterThan(20)
}
