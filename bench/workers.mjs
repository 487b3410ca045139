import { CONNECTIONS, fire, fireAsSensors } from './fire.mjs'
import { report } from './report.mjs'
import { startServer } from './server-process.mjs'

const ROUND_SECONDS = 5
const ROUNDS = 3
const WORKERS = [1, 2]
/** A process that is new spends its time on compiling. */
const WARM_UP_EVENTS = 15_000

/**
 * (w) Single-event POST at 64 connections to servers of one and of two processes, in turns: from sensors, from as many sensors
 * for each process, and with the events of each session over all connections. Where the cores are shared with the client and PostgreSQL, what an event costs tells more than how many there are.
 */
export async function benchWorkers() {
  console.log(`(w) ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_SECONDS} s in turns`)
  await compare('sensors', (url, seconds) => fireAsSensors(url, seconds), '<= 1.10')
  // Each process gathers as many events for a commit as the one does.
  const asManyEach = (url, seconds, workers) => fireAsSensors(url, seconds, workers * CONNECTIONS)
  await compare('as many sensors for each process', asManyEach, '<= 1.10')
  await compare('sessions over all connections', (url, seconds) => fire(url, seconds))
}

async function compare(traffic, send, aim) {
  const servers = []
  try {
    for (const workers of WORKERS) {
      const server = await startServer({ WORKERS: String(workers) })
      servers.push({ workers, server, events: 0, node: 0, postgres: 0, failed: 0 })
    }
    for (const { server, workers } of servers)
      for (let events = 0; events < WARM_UP_EVENTS; )
        events += (await send(server.url, ROUND_SECONDS, workers)).requests.total
    for (let round = 0; round < ROUNDS; round += 1) for (const each of servers) await measure(each, send)
    for (const { workers, events, node, postgres, failed } of servers) {
      const name = `${traffic}, WORKERS=${workers}`
      report('w', name, Math.round(events / (ROUNDS * ROUND_SECONDS)), 'events/s')
      report('w', `${name}, CPU of Node`, (node / events) * 1e6, 'us/event')
      report('w', `${name}, CPU of PostgreSQL`, (postgres / events) * 1e6, 'us/event')
      report('w', `${name}, failed`, failed, 'requests', '0')
    }
    const [one, two] = servers.map(({ events, node, postgres }) => (node + postgres) / events)
    report('w', `${traffic}, CPU an event of 2 workers to 1`, two / one, '', aim)
  } finally {
    for (const { server } of servers) await server.stop()
  }
}

async function measure(each, send) {
  const before = each.server.cpu()
  const { requests, non2xx, errors } = await send(each.server.url, ROUND_SECONDS, each.workers)
  const after = each.server.cpu()
  each.events += requests.total
  each.failed += non2xx + errors
  each.node += after.node - before.node
  each.postgres += after.postgres - before.postgres
}
