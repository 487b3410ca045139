import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import type {
  Alert,
  CanaryDnsCheck,
  CanaryHit,
  CanaryKind,
  CanaryTokenDetail,
  Page,
} from '@eviltwin/contract'
import { encode } from 'dns-packet'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { freePort } from '../../testing/free-port.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const run = promisify(execFile)
const DIG = '/usr/bin/dig'
const withDig = test.skipIf(!existsSync(DIG))
let api: TestPlatform
let token: string
let port: number
beforeAll(async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  port = await freePort()
  const environment = {
    CANARY_DNS_ZONE: 'C.Example.org',
    CANARY_DNS_PORT: String(port),
    CANARY_DNS_ADDRESS: '192.0.2.53',
    CANARY_DNS_ANSWERS_PER_SECOND: '10000',
    // A server that answers for the zone is all that a resolver is to whoever asks for its names.
    CANARY_DNS_RESOLVERS: `127.0.0.1:${port}`,
  }
  api = await startTestPlatform(server, { environment })
  token = await api.login()
})
afterAll(() => api.close())

const dig = async (...options: string[]) => {
  const fixed = ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=5', '+norecurse']
  return (await run(DIG, [...fixed, ...options])).stdout
}
const create = async (kind: CanaryKind) => {
  const body = JSON.stringify({ kind, name: `a ${kind}` })
  const response = await api.call('/canary/tokens', { method: 'POST', as: token, body })
  return (await response.json()) as CanaryTokenDetail
}
const hitsOf = async ({ id }: CanaryTokenDetail) =>
  ((await (await api.call(`/canary/tokens/${id}/hits`, { as: token })).json()) as Page<CanaryHit>).items

withDig(
  'a lookup is a visit by the resolver, with the labels before the token and the client subnet',
  async () => {
    const canary = await create('dns')
    expect(canary.url).toMatch(/^[0-9a-z]{20,40}\.c\.example\.org$/)
    const name = `Data.7.${canary.url.toUpperCase()}`
    const answer = await dig(name, 'A', '+subnet=198.51.100.0/24')
    expect(answer).toContain('status: NOERROR')
    expect(answer).toMatch(/flags: qr aa[; ]/)
    // The case of the letters is kept (0x20).
    expect(answer).toMatch(new RegExp(`^${name}\\.\\s+60\\s+IN\\s+A\\s+192\\.0\\.2\\.53$`, 'm'))
    const [hit] = await until(async () => {
      const hits = await hitsOf(canary)
      return hits.length > 0 && hits
    })
    expect(hit).toMatchObject({
      source_ip: '127.0.0.1',
      protocol: 'dns',
      visit: {
        method: 'A',
        target: `Data.7.${canary.url}`,
        client_subnet: '198.51.100.0/24',
      },
      message: 'a dns: A Data.7, lookup by a resolver; client subnet 198.51.100.0/24',
    })
    await until(async () => {
      const alerts = await (await api.call(`/alerts?sensor_id=${canary.sensor_id}`, { as: token })).json()
      return (alerts as Page<Alert>).items.some(({ kind }) => kind === 'canary')
    })
  },
)

withDig('a lookup over TCP is a visit, and a resolver is in no feed', async () => {
  const canary = await create('wireguard')
  expect(canary.artifact?.content).toContain(`Endpoint = ${canary.url}:51820`)
  expect(await dig(canary.url, 'AAAA', '+tcp')).toContain('status: NOERROR')
  await until(async () => (await hitsOf(canary)).length === 1)
  const feed = await (await api.call('/indicators', { as: token })).text()
  expect(feed).not.toContain('"127.0.0.1"')
})

withDig('every name of the zone is answered alike, and nothing else is', async () => {
  expect(await dig('nothing.c.example.org', 'A', '+short')).toBe('192.0.2.53\n')
  expect(await dig('c.example.org', 'NS', '+short')).toBe('ns.c.example.org.\n')
  expect(await dig('c.example.org', 'SOA', '+short')).toMatch(/^ns\.c\.example\.org\. hostmaster\./)
  expect(await dig('x.c.example.org', 'TXT')).toMatch(/ANSWER: 0, AUTHORITY: 1/)
  for (const question of [
    ['example.org', 'A'],
    ['xc.example.org', 'A'],
    ['.', 'NS'],
    ['c.example.org', 'ANY', '+notcp'],
  ])
    expect(await dig(...question)).toContain('status: REFUSED')
  expect(await dig('version.bind', 'TXT', 'CH')).toContain('status: REFUSED')
})

test('queries and lookups are counted by what became of them', async () => {
  const metrics = await (await api.call('/metrics')).text()
  for (const series of [
    'eviltwin_canary_dns_queries_total{transport="udp",outcome="answered"}',
    'eviltwin_canary_dns_queries_total{transport="udp",outcome="refused"}',
    'eviltwin_canary_dns_lookups_total{outcome="unknown"}',
    'eviltwin_canary_dns_connections_refused_total',
    'eviltwin_canary_dns_connections',
    'eviltwin_canary_dns_waiting_lookups',
  ])
    expect(
      metrics.split('\n').some((line) => line.startsWith(`${series} `)),
      series,
    ).toBe(true)
})

test('the records that delegate the zone are stated, and checked by a resolver', async () => {
  const about = await api.call('/canary/dns', { as: token })
  expect(await about.json()).toEqual({
    zone: {
      name: 'c.example.org',
      host: '127.0.0.1',
      port,
      address: '192.0.2.53',
      records: [
        { name: 'c.example.org.', type: 'NS', value: 'ns.c.example.org.' },
        { name: 'ns.c.example.org.', type: 'A', value: '192.0.2.53' },
      ],
    },
  })
  const check = await api.call('/canary/dns-check', { method: 'POST', as: token })
  const { steps } = (await check.json()) as CanaryDnsCheck
  expect(steps.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'ok'])
})

test('an SQL dump has a replica of its name where there is a zone', async () => {
  const { url, artifact } = await create('sql_dump')
  const secret = new URL(url).pathname.split('/')[2]
  expect(artifact?.content).toContain(`MASTER_HOST='${secret}.c.example.org'`)
})

withDig('arbitrary bytes are no visit, and the server answers afterwards', async () => {
  const socket = createSocket('udp4')
  const query = encode({ id: 7, questions: [{ type: 'A', name: 'fuzz.c.example.org' }] })
  let largest = 0
  socket.on('message', (message) => {
    largest = Math.max(largest, message.length)
  })
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = round % 2 === 0 ? randomBytes(round % 600) : Buffer.from(query)
    if (round % 2 === 1)
      for (let flips = 0; flips < 3; flips += 1)
        bytes[randomBytes(1).readUInt8() % bytes.length] = randomBytes(1).readUInt8()
    await new Promise<void>((resolve) => socket.send(bytes, port, '127.0.0.1', () => resolve()))
  }
  expect(await dig('after.c.example.org', 'A', '+short')).toBe('192.0.2.53\n')
  const closed = once(socket, 'close')
  socket.close()
  await closed
  expect(largest).toBeLessThanOrEqual(4 * 600)
})
