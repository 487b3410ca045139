import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode, type Packet } from 'dns-packet'
import { afterEach, expect, test } from 'vitest'
import { createNameResolver } from '../../../platform/outbound/name-resolver.js'
import { freePort } from '../../../testing/free-port.js'
import { createProofs } from '../proofs.js'
import { createAnswerBudget } from './answer-budget.js'
import { createDelegation } from './delegation.js'
import { createDnsServer } from './server.js'

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const proofs = createProofs({ secretKey: 'a secret of all processes', purpose: 'dns', now: Date.now })
/** What is missing, as the server says it when it asks `resolver`. */
async function check(resolver: number, address: string | null = '192.0.2.53') {
  const { check: run } = createDelegation({
    settings: { name: 'c.example.org', host: '127.0.0.1', port: 5353, address },
    proofs,
    resolver: createNameResolver([`127.0.0.1:${resolver}`]),
    now: Date.now,
  })
  const { steps } = await run()
  return Object.fromEntries(steps.map(({ name, outcome, detail }) => [name, `${outcome}: ${detail}`]))
}

/** The server of a zone, which is all that a resolver is to whoever asks for its names. */
async function zoneServer(secretKey: string, address: string | null = '192.0.2.53'): Promise<number> {
  const port = await freePort()
  const server = createDnsServer({
    host: '127.0.0.1',
    port,
    zone: {
      name: 'c.example.org',
      address,
      proofOf: createProofs({ secretKey, purpose: 'dns', now: Date.now }).answerTo,
    },
    budget: createAnswerBudget(1_000, () => 0),
    maxConnections: 10,
    publish: () => {},
    onLookup: () => {},
  })
  await server.start()
  cleanups.push(() => server.stop())
  return port
}

/** A resolver that answers every question alike. */
async function resolverThat(answer: (query: Packet) => Packet): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  cleanups.push(() => socket.close())
  socket.on('message', (message, { port }) => {
    const { id, questions } = decode(message)
    socket.send(encode(answer({ type: 'response', id, questions })), port, '127.0.0.1')
  })
  return socket.address().port
}

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const
const withRcode = (rcode: keyof typeof RCODES) =>
  resolverThat((query) => ({ ...query, flags: RCODES[rcode] }))

test('every step is right where lookups reach this server', async () => {
  expect(await check(await zoneServer('a secret of all processes'))).toEqual({
    delegation: 'ok: The name server of c.example.org is ns.c.example.org.',
    address: 'ok: ns.c.example.org has the address 192.0.2.53.',
    udp: 'ok: A lookup through the resolver reached this server.',
    tcp: 'ok: A lookup through the resolver reached this server.',
  })
})

test('a server with another secret answers for itself alone', async () => {
  const steps = await check(await zoneServer('another secret'), '192.0.2.99')
  expect(steps['udp']).toMatch(/^failed: .*not delegated to this server/)
  expect(steps['tcp']).toMatch(/^failed/)
  expect(steps['address']).toMatch(/^failed: .* CANARY_DNS_ADDRESS is 192\.0\.2\.99\.$/)
})

test('an address that is not configured is missing', async () => {
  const steps = await check(await zoneServer('a secret of all processes', null), null)
  expect(steps['address']).toMatch(/^failed: .*set CANARY_DNS_ADDRESS/)
  expect(steps['udp']).toMatch(/^ok/)
})

test('what is missing is stated by what a resolver answers', async () => {
  expect((await check(await withRcode('NXDOMAIN')))['delegation']).toMatch(/create its NS record/)
  expect((await check(await withRcode('SERVFAIL')))['udp']).toMatch(/Port 53 .* must lead to port 5353/)
  expect((await check(await withRcode('REFUSED')))['tcp']).toBe('failed: The resolver answered EREFUSED.')
  const elsewhere = await resolverThat((query) => ({
    ...query,
    answers: [{ type: 'NS', name: 'c.example.org', data: 'ns1.registrar.example' }],
  }))
  expect((await check(elsewhere))['delegation']).toBe(
    'failed: The name servers of c.example.org are others: ns1.registrar.example.',
  )
})

test('a resolver that does not answer leaves each step failed', async () => {
  const steps = await check(await freePort())
  for (const step of Object.values(steps)) expect(step).toMatch(/^failed: /)
})
