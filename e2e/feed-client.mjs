// A client of the live feed in a process of its own, so that it can be stopped and killed: prints the id of each alert
// on a line once it has acknowledged it, and resumes after the last one for as long as it lives.
// Usage: node feed-client.mjs URL ACCESS_TOKEN SINCE
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

const [url, token, first] = process.argv.slice(2)
let since = first

for (;;) {
  await connect().catch(() => {})
  await sleep(100)
}

/** Follows the feed until the connection ends. */
async function connect() {
  const response = await fetch(`${url}/auth/ws-ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  const { ticket } = await response.json()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/alerts?ticket=${ticket}&since=${since}`)
  await new Promise((resolve) => {
    socket.on('close', resolve)
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const { event_type, payload } = JSON.parse(data)
      if (event_type !== 'THREAT_ESCALATION') return
      since = payload.id
      socket.send(JSON.stringify({ event_type: 'ACK', payload: { id: payload.id } }))
      process.stdout.write(`${payload.id}\n`)
    })
  })
}
