import { expect, test } from 'vitest'
import { parseNetwork } from './networks.js'

test.each([
  ['203.0.113.7', '203.0.113.7', '203.0.113.7', '203.0.113.8'],
  ['203.0.113.77/24', '203.0.113.0/24', '203.0.113.255', '203.0.114.0'],
  ['2001:db8::1/32', '2001:db8::/32', '2001:db8:ffff::1', '2001:db9::1'],
  ['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'],
  [' 10.0.0.0/8 ', '10.0.0.0/8', '::ffff:10.9.9.9', '11.0.0.1'],
])('%s is %s: %s is in it, %s is not', (text, canonical, inside, outside) => {
  const network = parseNetwork(text)
  expect(network?.text).toBe(canonical)
  expect([network?.contains(inside), network?.contains(outside), network?.contains('nonsense')]).toEqual([
    true,
    false,
    false,
  ])
})

test.each(['', 'nonsense', '10.0.0.0/33', '::1/129', '1.2.3.4/-1', 'fe80::1%eth0', 'fe80::%1/64'])(
  '%s is no network',
  (text) => {
    expect(parseNetwork(text)).toBeNull()
  },
)
