import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { mmdbOf } from '../../testing/mmdb.js'
import { startTestPlatform } from '../../testing/test-platform.js'

test('an attacker’s profile says where the address is and whose network', async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('no PostgreSQL')
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-geo-'))
  const ASN_DATABASE = join(directory, 'asn.mmdb')
  // 193.0.0.0/8
  const record = { autonomous_system_number: 64_500, autonomous_system_organization: '<b>Example</b>' }
  writeFileSync(ASN_DATABASE, mmdbOf('11000001', record))
  const api = await startTestPlatform(server, { environment: { ASN_DATABASE } })
  try {
    for (const source_ip of ['193.0.6.139', '203.0.113.1'])
      await api.send(JSON.stringify({ source_ip, occurred_at: new Date().toISOString() }))
    const as = await api.login()
    const geoOf = async (ip: string) => (await (await api.call(`/attackers/${ip}`, { as })).json()).geo
    expect(await geoOf('193.0.6.139')).toEqual({ country: 'NL', asn: 64_500, organization: '<b>Example</b>' })
    expect(await geoOf('203.0.113.1')).toEqual({ country: null, asn: null, organization: null })
  } finally {
    await api.close()
    rmSync(directory, { recursive: true })
  }
})
