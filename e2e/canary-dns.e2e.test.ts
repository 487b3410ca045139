import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import type { CanaryTokenDetail } from '@eviltwin/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import {
  accessToken,
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
} from './server-process.js'

const ZONE = 'c.example.org'
let installation: Installation
let server: RunningServer
let token: string
let resolver: Resolver
beforeAll(async () => {
  const dnsPort = String(await freePort())
  installation = await createInstallation({
    WORKERS: '2',
    ADMIN_PASSWORD: PASSWORD,
    METRICS_OPEN: 'true',
    CANARY_DNS_ZONE: ZONE,
    CANARY_DNS_PORT: dnsPort,
    CANARY_DNS_ADDRESS: '192.0.2.53',
    CANARY_DNS_RESOLVERS: `127.0.0.1:${dnsPort}`,
    CANARY_DNS_ANSWERS_PER_SECOND: '1000',
  })
  server = await installation.start()
  await until(() => server.output().stderr.includes('is running'))
  token = await accessToken(installation.url)
  resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${dnsPort}`])
})
afterAll(async () => {
  await server?.kill('SIGTERM')
  installation?.remove()
})

const call = async <Answer>(path: string, method = 'GET', body?: object) => {
  const answer = await fetch(installation.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as Answer
}
const workers = () => {
  const pid = Number(server.process.pid)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return children
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('eviltwin.mjs'))
}
const create = (name: string) => call<CanaryTokenDetail>('/canary/tokens', 'POST', { kind: 'dns', name })
const hitsOf = async ({ id }: CanaryTokenDetail) =>
  (await call<CanaryTokenDetail>(`/canary/tokens/${id}`)).hit_count

test('two processes share the port, over UDP and TCP, and one that ended is replaced', async () => {
  const canary = await create('hosts of two')
  for (let n = 0; n < 10; n += 1)
    expect(await resolver.resolve4(`n${n}.${canary.url}`)).toEqual(['192.0.2.53'])
  await until(async () => (await hitsOf(canary)) === 10)
  const check = () => call<{ steps: Array<{ outcome: string }> }>('/canary/dns-check', 'POST')
  expect((await check()).steps.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'ok'])

  const [first] = workers()
  process.kill(Number(first), 'SIGKILL')
  await until(() => workers().length === 2 && !workers().includes(Number(first)))
  const after = await create('hosts after one ended')
  await until(async () => {
    await resolver.resolve4(after.url).catch(() => null)
    return (await hitsOf(after)) > 0
  })
  await until(async () => (await check()).steps.every(({ outcome }) => outcome === 'ok'))
})

test('what both processes answered is one count', async () => {
  const metrics = await (await fetch(`${installation.url}/metrics`)).text()
  const [, answered] =
    /^eviltwin_canary_dns_queries_total\{transport="udp",outcome="answered"\} (\d+)$/m.exec(metrics) ?? []
  expect(Number(answered)).toBeGreaterThan(0)
})
