import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import type { ChannelSettings, Notification } from '@eviltwin/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { networks } from '../../domain/networks.js'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createOutboundHttp } from '../../platform/outbound/outbound-http.js'
import { createSeal } from '../../platform/seal.js'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { afterFailure } from './dispatcher.js'
import { createSender } from './sender.js'
import { sealSettings } from './settings.js'
import type { StoredChannel } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const SECRET = 'a secret of 24 characters'
const NOTICE: Notification = { kind: 'test', sent_at: '2026-03-22T12:00:00.000000Z', message: 'a test' }
const DNS_FAILURES = ['EAI_AGAIN', 'ENOTFOUND', 'ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED', 'EAI_FAIL']

let receiver: HttpReceiver
/** Ends every connection as soon as it begins. */
let resetting: Server
beforeAll(async () => {
  receiver = await startHttpReceiver()
  resetting = createServer((socket: Socket) => socket.resetAndDestroy())
  await new Promise<void>((resolve) => resetting.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await receiver.close()
  await new Promise((resolve) => resetting.close(resolve))
})

const lookupFails = (code: string) =>
  (async () => {
    throw Object.assign(new Error(`getaddrinfo ${code} hooks.example.org`), { code })
  }) as never
const lookupFinds = (...addresses: string[]) =>
  (async () => addresses.map((address) => ({ address, family: 4 }))) as never

/** Sends one notice to a channel and gives what becomes of its delivery. */
async function outcomeOf(
  settings: ChannelSettings,
  { lookup = lookupFinds('127.0.0.1'), sealedWith = 'key' } = {},
): Promise<string> {
  const guard = createAddressGuard(networks('127.0.0.0/8'), lookup)
  const { send: http, close } = createOutboundHttp(guard)
  const send = createSender({
    http,
    guard,
    seal: createSeal('key'),
    publicUrl: 'http://127.0.0.1',
    now: () => NOW,
  })
  const id = '01890000-0000-7000-8000-000000000000'
  const channel = { id, ...sealSettings(id, settings, createSeal(sealedWith)) } as StoredChannel
  try {
    await send(channel, id, NOTICE)
    return 'delivered'
  } catch (error) {
    return afterFailure(error as Error, 0, NOW, () => 0).outcome
  } finally {
    await close()
  }
}
const webhook = (url: string) => ({ type: 'webhook', url, secret: SECRET }) as ChannelSettings
const mail = (host: string, port = 25) =>
  ({
    type: 'email',
    host,
    port,
    tls: 'none',
    username: null,
    secret: null,
    from: 'eviltwin@example.org',
    to: ['soc@example.org'],
  }) as ChannelSettings
const portOf = (server: Server) => (server.address() as AddressInfo).port

test.each(DNS_FAILURES)('a webhook whose name cannot be resolved (%s) is tried again', async (code) => {
  const lookup = lookupFails(code)
  expect(await outcomeOf(webhook('https://hooks.example.org/x'), { lookup })).toBe('failed')
})

test.each(DNS_FAILURES)('mail whose server cannot be resolved (%s) is tried again', async (code) => {
  expect(await outcomeOf(mail('mail.example.org'), { lookup: lookupFails(code) })).toBe('failed')
})

test('a name that has no address at the moment is tried again', async () => {
  expect(await outcomeOf(webhook('https://hooks.example.org/x'), { lookup: lookupFinds() })).toBe('failed')
})

test('a connection that is refused or reset, before or in the TLS handshake, is tried again', async () => {
  const closed = await startHttpReceiver()
  await closed.close()
  const reset = portOf(resetting)
  expect({
    refused: await outcomeOf(webhook(`http://127.0.0.1:${closed.port}/`)),
    reset: await outcomeOf(webhook(`http://hooks.example.org:${reset}/`)),
    handshake: await outcomeOf(webhook(`https://hooks.example.org:${reset}/`)),
    notTls: await outcomeOf(webhook(receiver.url.replace('http:', 'https:'))),
    mailRefused: await outcomeOf(mail('127.0.0.1', closed.port)),
    mailReset: await outcomeOf(mail('mail.example.org', reset)),
  }).toEqual({
    refused: 'failed',
    reset: 'failed',
    handshake: 'failed',
    notTls: 'failed',
    mailRefused: 'failed',
    mailReset: 'failed',
  })
})

test.each([
  ...[301, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504].map((status) => [status, 'failed'] as const),
  ...[400, 413, 415, 422].map((status) => [status, 'dead'] as const),
])('after the answer %i the message is %s', async (status, outcome) => {
  receiver.answer((response) => response.writeHead(status).end())
  expect(await outcomeOf(webhook(receiver.url))).toBe(outcome)
})

test('a target that is forbidden and a secret that cannot be read are final', async () => {
  expect(await outcomeOf(webhook('http://10.0.0.1/'))).toBe('dead')
  expect(await outcomeOf(webhook('http://hooks.example.org/'), { lookup: lookupFinds('10.0.0.1') })).toBe(
    'dead',
  )
  expect(await outcomeOf(mail('mail.example.org'), { lookup: lookupFinds('10.0.0.1') })).toBe('dead')
  expect(await outcomeOf(webhook(receiver.url), { sealedWith: 'another key' })).toBe('dead')
})

test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'CERT_HAS_EXPIRED', undefined])(
  'an error that nothing says to be final (%s) is tried again',
  (code) => {
    const error = Object.assign(new Error('broken'), { code })
    expect(afterFailure(error, 0, NOW, () => 0).outcome).toBe('failed')
  },
)
