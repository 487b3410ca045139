import { expect, test } from 'vitest'
import { parseNetwork } from './networks.js'

test.each([
  ['203.0.113.7', '203.0.113.7', '203.0.113.7', '203.0.113.8'],
  ['203.0.113.77/24', '203.0.113.0/24', '203.0.113.255', '203.0.114.0'],
  ['2001:db8::1/32', '2001:db8::/32', '2001:db8:ffff::1', '2001:db9::1'],
  ['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'],
  [' 10.0.0.0/8 ', '10.0.0.0/8', '::ffff:10.9.9.9', '11.0.0.1'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8', '10.9.9.9', '11.0.0.1'],
  ['::/0', '::/0', '2a00::1', '10.0.0.1'],
  ['2001:DB8:0:0::/32', '2001:db8::/32', '2001:db8::1', '10.0.0.1'],
])('%s is %s: %s is in it, %s is not', (text, canonical, inside, outside) => {
  const network = parseNetwork(text)
  expect(network?.text).toBe(canonical)
  expect([network?.contains(inside), network?.contains(outside), network?.contains('nonsense')]).toEqual([
    true,
    false,
    false,
  ])
})

test('the block of mapped addresses is no network of all IPv4 addresses', () => {
  expect(parseNetwork('::ffff:0:0/96')?.contains('203.0.113.7')).toBe(false)
})

// Abbreviated, octal, hexadecimal and whole-number spellings would be other networks than their writer means: `10/8` is 0.0.0.0/8.
test.each([
  '',
  'nonsense',
  '10.0.0.0/33',
  '::1/129',
  '1.2.3.4/-1',
  '1.2.3.4/',
  '1.2.3.4/8/8',
  '10',
  '10/8',
  '192.168/16',
  '010.0.0.1',
  '0x0a.0.0.1/8',
  '167772161',
  '10.0.0.0/0x8',
  'fe80::1%eth0',
  'fe80::1%eth0/64',
  'fe80::%1/64',
])('%s is no network', (text) => {
  expect(parseNetwork(text)).toBeNull()
})
