import { readFileSync } from 'node:fs'
import { timestampOf } from '../server/dist/domain/timestamp.js'
import { planCommit } from '../server/dist/features/ingest/commit-plan.js'
import { createModelScorer } from '../server/dist/features/scoring/model-scorer.js'
import { THREAT_MODEL } from '../server/dist/features/scoring/models/model-file.js'
import { createRuleScorer } from '../server/dist/features/scoring/rules.js'
import { parseThreatModel } from '../server/dist/features/scoring/threat-model.js'
import { normalize } from '../server/dist/features/sensors/adapters/normalize.js'
import { batchesOverHttp } from './batches.mjs'
import { report } from './report.mjs'
import { record } from './traffic.mjs'

const EVENTS = 20_000
const ROUNDS = 10

/** (s) What the trained model costs: microseconds a score beside the rules, and batches over HTTP with and without it. */
export async function benchScoring() {
  const rules = createRuleScorer()
  const model = createModelScorer(parseThreatModel(readFileSync(THREAT_MODEL, 'utf8')))
  const received_at = timestampOf(Date.now())
  const events = Array.from({ length: EVENTS }, (_, n) => {
    const raw = record(n)
    return normalize(JSON.parse(raw), raw, { received_at })[0]
  })
  const { sessions, attackers } = planCommit(events, new Map(), rules)
  const histories = new Map(attackers.map((attacker) => [attacker.source_ip, attacker]))
  const microseconds = (scorer) => {
    const started = performance.now()
    for (let round = 0; round < ROUNDS; round += 1)
      for (const session of sessions) scorer.score(session, histories.get(session.source_ip))
    return ((performance.now() - started) * 1000) / (sessions.length * ROUNDS)
  }
  const rates = { rules: [], model: [] }
  const costs = { rules: [], model: [] }
  for (let round = 0; round < 3; round += 1) {
    costs.rules.push(microseconds(rules))
    costs.model.push(microseconds(model))
    rates.rules.push((await batchesOverHttp({ THREAT_MODEL_FILE: 'none' })).rate)
    rates.model.push((await batchesOverHttp()).rate)
  }
  const least = (values) => Math.min(...values)
  const most = (values) => Math.max(...values)
  console.log('(s) scoring by the model beside scoring by rules; three alternating rounds, best of each')
  report('s', 'a score by the model', least(costs.model), 'us')
  report('s', 'a score by rules', least(costs.rules), 'us')
  report('s', 'batches scored by the model', Math.round(most(rates.model)), 'events/s')
  report('s', 'batches scored by rules', Math.round(most(rates.rules)), 'events/s')
  report('s', 'model to rules', most(rates.model) / most(rates.rules), '', '>= 0.85')
}
