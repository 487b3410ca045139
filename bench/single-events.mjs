import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CONNECTIONS, fire } from './fire.mjs'
import { report } from './report.mjs'
import { freePort, startServer, until } from './server-process.mjs'

const ROUND_SECONDS = 5
const ROUNDS = 3

/** (a) Single-event POST at 64 connections, against a route that only parses and validates, and a service that commits each event. */
export async function benchSingleEvents() {
  const server = await startServer()
  const bare = await startYardstick('./bare-fastify.mjs')
  const plain = await startYardstick('./one-commit.mjs', JSON.stringify(server.database()))
  const services = { bare, plain, ours: server }
  try {
    for (const { url } of Object.values(services)) await fire(url, ROUND_SECONDS)
    const rates = { bare: [], plain: [], ours: [] }
    let failed = 0
    const used = { events: 0, node: 0, postgres: 0 }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, { url }] of Object.entries(services)) {
        const before = server.cpu()
        const { requests, non2xx, errors } = await fire(url, ROUND_SECONDS)
        rates[name].push(requests.average)
        if (name !== 'ours') continue
        const after = server.cpu()
        failed += non2xx + errors
        used.events += requests.total
        used.node += after.node - before.node
        used.postgres += after.postgres - before.postgres
      }
    }
    const mean = (name) => rates[name].reduce((sum, rate) => sum + rate, 0) / ROUNDS
    console.log(`(a) ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_SECONDS} s in turns`)
    report('a', 'bare fastify', Math.round(mean('bare')), 'events/s')
    report('a', 'one transaction an event', Math.round(mean('plain')), 'events/s')
    report('a', 'EvilTwin', Math.round(mean('ours')), 'events/s')
    report('a', 'failed', failed, 'requests', '0')
    report('a', 'EvilTwin to bare fastify', mean('ours') / mean('bare'), '', '>= 0.35')
    report('a', 'EvilTwin to one transaction an event', mean('ours') / mean('plain'), '', '>= 25')
    report('a', 'CPU of Node', (used.node / used.events) * 1e6, 'us/event', '<= 75')
    report('a', 'CPU of PostgreSQL', (used.postgres / used.events) * 1e6, 'us/event')
    const half = await fire(server.url, ROUND_SECONDS, Math.round(mean('ours') / 2))
    report('a', 'p97.5 at half load', half.latency.p97_5, 'ms', '< 10')
  } finally {
    bare.stop()
    plain.stop()
    await server.stop()
  }
}

async function startYardstick(file, ...more) {
  const port = await freePort()
  const program = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [program, String(port), ...more], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  await until(() => fetch(url).then(() => true))
  return { url, stop: () => child.kill() }
}
