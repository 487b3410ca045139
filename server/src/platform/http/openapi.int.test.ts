import openapiTS, { astToString } from 'openapi-typescript'
import { expect, inject, test } from 'vitest'
import { startTestPlatform } from '../../testing/test-platform.js'

test("the dashboard's client is generated from this server's OpenAPI document (npm test -- -u renews it)", async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  const api = await startTestPlatform(server)
  try {
    const document = await (await api.call('/openapi.json')).text()
    const types = astToString(await openapiTS(document))
    const text = `// Generated from /openapi.json by openapi-typescript; see server/src/platform/http/openapi.int.test.ts.\n${types}`
    await expect(text).toMatchFileSnapshot('../../../../dashboard/src/api/schema.d.ts')
  } finally {
    await api.close()
  }
})
