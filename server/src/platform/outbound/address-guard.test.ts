import { describe, expect, test } from 'vitest'
import { networks } from '../../domain/networks.js'
import { createAddressGuard, ForbiddenTargetError } from './address-guard.js'

const resolvesTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const inTime = () => new AbortController().signal
const guardOf = (...addresses: string[]) => createAddressGuard([], resolvesTo(...addresses) as never)

describe.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:10.0.0.1',
  '::7f00:1',
  '64:ff9b::a00:1',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '2002:a00:1::',
  '::ffff:0:a00:1',
  '3fff::1',
])('%s', (address) => {
  test('is refused, as a literal and as what a name resolves to', async () => {
    const literal = address.includes(':') ? `[${address}]` : address
    await expect(guardOf().addressOf(literal, inTime())).rejects.toThrow(ForbiddenTargetError)
    await expect(guardOf('93.184.216.34', address).addressOf('rebind.example.org', inTime())).rejects.toThrow(
      ForbiddenTargetError,
    )
  })
})

test('public addresses pass', async () => {
  await expect(guardOf().addressOf('93.184.216.34', inTime())).resolves.toEqual({
    address: '93.184.216.34',
    family: 4,
  })
  await expect(guardOf('2606:2800:220:1::1').addressOf('example.org', inTime())).resolves.toEqual({
    address: '2606:2800:220:1::1',
    family: 6,
  })
})

test('what the operator allowed passes, and nothing beside it', async () => {
  const guard = createAddressGuard(networks('10.1.0.0/16'))
  await expect(guard.addressOf('10.1.2.3', inTime())).resolves.toMatchObject({ address: '10.1.2.3' })
  await expect(guard.addressOf('10.2.0.1', inTime())).rejects.toThrow('OUTBOUND_ALLOWED_NETWORKS')
})

test('a name without an address is refused for now, not for ever', async () => {
  await expect(guardOf().addressOf('nothing.example.org', inTime())).rejects.toThrow(
    'nothing.example.org has no address',
  )
})

test('a resolver that does not answer is waited for until the deadline', async () => {
  const deadline = new AbortController()
  const guard = createAddressGuard([], (() => new Promise(() => {})) as never)
  const address = guard.addressOf('slow.example.org', deadline.signal)
  deadline.abort(new Error('too late'))
  await expect(address).rejects.toThrow('too late')
  await expect(guard.addressOf('slow.example.org', deadline.signal)).rejects.toThrow('too late')
})
