import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError } from '../../platform/config.js'
import { mmdbOf } from '../../testing/mmdb.js'
import { openCountries, openNetworks } from './geo.js'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-geo-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

function fileOf(content: Buffer | string): string {
  const file = join(directory, 'test.mmdb')
  writeFileSync(file, content)
  return file
}

test('the shipped database knows countries, and none of private and documentation addresses', () => {
  const countryOf = openCountries(undefined)
  expect(['193.0.6.139', '2001:67c:2e8:22::c100:68b'].map(countryOf)).toEqual(['NL', 'NL'])
  expect(['10.0.0.1', '203.0.113.9', '::1', '2001:db8::1'].map(countryOf)).toEqual([null, null, null, null])
})

test('a country database of the operator’s own is read in MaxMind’s spelling', () => {
  const countryOf = openCountries(fileOf(mmdbOf('00001000', { country: { iso_code: 'XX' } })))
  expect(['8.8.8.8', '9.9.9.9', '::ffff:8.8.8.8'].map(countryOf)).toEqual(['XX', null, 'XX'])
})

test('a database of autonomous systems tells number and organization', () => {
  const record = { autonomous_system_number: 64_500, autonomous_system_organization: 'Example Net' }
  const networkOf = openNetworks(fileOf(mmdbOf('00001000', record)))
  expect(networkOf('8.1.2.3')).toEqual({ asn: 64_500, organization: 'Example Net' })
  expect(networkOf('9.1.2.3')).toEqual({ asn: null, organization: null })
})

test('without such a database nothing is known', () => {
  expect(openNetworks(undefined)('8.8.8.8')).toEqual({ asn: null, organization: null })
})

test('a file that is missing or something else is named, with its variable', () => {
  const missing = join(directory, 'missing.mmdb')
  expect(() => openNetworks(missing)).toThrow(ConfigError)
  expect(() => openNetworks(missing)).toThrow(/^ASN_DATABASE .*missing\.mmdb.*ENOENT/)
  expect(() => openCountries(fileOf('not a database'))).toThrow(/^GEO_DATABASE .*test\.mmdb/)
})
