import { expect, test } from 'vitest'
import { canonicalIp } from './ip-address.js'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:CB00:7107', '203.0.113.7'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
])('%s is spelled %s', (given, expected) => {
  expect(canonicalIp(given)).toBe(expected)
})

test.each([
  [''],
  ['0177.0.0.1'],
  ['0x7f.1'],
  ['1.2.3'],
  ['1.2.3.4.5'],
  ['256.1.1.1'],
  ['example.org'],
  ['1.2.3.4/8'],
  ['::g'],
])('%s is no address', (given) => {
  expect(canonicalIp(given)).toBeNull()
})
