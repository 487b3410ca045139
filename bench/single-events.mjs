import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CONNECTIONS, fire } from './fire.mjs'
import { freePort, startServer, until } from './server-process.mjs'

const ROUND_SECONDS = 5
const ROUNDS = 3

/** (a) Single-event POST at 64 connections against a bare fastify route that only parses and validates. */
export async function benchSingleEvents() {
  const server = await startServer()
  const port = await freePort()
  const bare = spawn(process.execPath, [
    fileURLToPath(new URL('./bare-fastify.mjs', import.meta.url)),
    String(port),
  ])
  const bareUrl = `http://127.0.0.1:${port}`
  await until(() => fetch(bareUrl).then(() => true))
  try {
    await fire(bareUrl, ROUND_SECONDS)
    await fire(server.url, ROUND_SECONDS)
    const rounds = []
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ bare: await fire(bareUrl, ROUND_SECONDS), ours: await fire(server.url, ROUND_SECONDS) })
    const mean = (name) => rounds.reduce((sum, round) => sum + round[name].requests.average, 0) / ROUNDS
    const failed = rounds.reduce((sum, { ours }) => sum + ours.non2xx + ours.errors, 0)
    console.log(
      `(a) single-event POST, ${CONNECTIONS} connections, ${ROUNDS} alternating rounds of ${ROUND_SECONDS} s`,
    )
    console.log(
      `    bare fastify ${Math.round(mean('bare'))}/s, EvilTwin ${Math.round(mean('ours'))}/s, failed ${failed}`,
    )
    console.log(
      `    ratio ${(mean('ours') / mean('bare')).toFixed(2)} (aim 0.50), p95 ${Math.max(...rounds.map(({ ours }) => ours.latency.p97_5))} ms (97.5th), median ${rounds[0].ours.latency.p50} ms`,
    )
  } finally {
    bare.kill()
    await server.stop()
  }
}
