import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDecoder, digestOf, encode, type HpfeedsMessage } from '../server/src/features/hpfeeds/wire.js'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import { createInstallation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

const SECRET = 'a-secret-of-a-sensor'
const CHANNEL = 'pots'

test('of several workers one is the hpfeeds broker: subscribers receive what any connection publishes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-hpfeeds-'))
  const port = await freePort()
  const accounts = join(directory, 'accounts.json')
  const subscriptions = join(directory, 'subscriptions.json')
  const account = { secret: SECRET, key: SENSOR_KEY, pubchans: [CHANNEL], subchans: [CHANNEL] }
  writeFileSync(accounts, JSON.stringify({ pot: account, eviltwin: account }))
  const url = `hpfeeds://127.0.0.1:${port}`
  writeFileSync(
    subscriptions,
    JSON.stringify([{ url, ident: 'eviltwin', secret: SECRET, channels: [CHANNEL], key: SENSOR_KEY }]),
  )
  const installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    WORKERS: '2',
    HPFEEDS_BROKER_PORT: String(port),
    HPFEEDS_BROKER_FILE: accounts,
    // Its own broker: whichever worker leads, what it receives are duplicates.
    HPFEEDS_CLIENT_FILE: subscriptions,
    METRICS_OPEN: 'true',
  })
  const server = await installation.start()
  try {
    const clients = await Promise.all(Array.from({ length: 4 }, () => openClient(port)))
    const [subscriber] = clients
    subscriber?.send({ op: 'subscribe', ident: 'pot', channel: CHANNEL })
    const get = await reader(installation.url)
    const metrics = async () => (await fetch(`${installation.url}/metrics`)).text()
    await until(async () =>
      (await metrics()).includes(`eviltwin_hpfeeds_connected{broker="127.0.0.1:${port}"} 1`),
    )
    const now = Date.now()
    for (const [index, client] of clients.entries()) {
      const record = {
        source_ip: '198.51.100.7',
        occurred_at: new Date(now - index).toISOString(),
        event_type: 'login_attempt',
      }
      client.send({
        op: 'publish',
        ident: 'pot',
        channel: CHANNEL,
        payload: Buffer.from(JSON.stringify(record)),
      })
    }
    await until(() => subscriber?.received.filter(({ op }) => op === 'publish').length === clients.length)
    await until(async () =>
      (await metrics()).includes('eviltwin_connector_messages_total{connector="hpfeeds",transport="tcp"} 8'),
    )
    const { items } = await get<{ items: Array<{ event_count: number }> }>('/attackers?src_ip=198.51.100.7')
    expect(items).toMatchObject([{ event_count: clients.length }])
    for (const { close } of clients) close()
  } finally {
    await server.kill('SIGTERM')
    installation.remove()
    rmSync(directory, { recursive: true, force: true })
  }
})

async function openClient(port: number) {
  const received: HpfeedsMessage[] = []
  const decoder = createDecoder(1_000_000)
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk) => void received.push(...decoder.push(chunk, () => 1_000_000)))
  const { nonce } = await until(() => received.find((message) => message.op === 'info'))
  const send = (message: HpfeedsMessage) => void socket.write(encode(message))
  send({ op: 'auth', ident: 'pot', digest: digestOf(nonce, SECRET) })
  return { received, send, close: () => void socket.destroy() }
}
