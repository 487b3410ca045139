import { expect, test } from 'vitest'
import { startHttpReceiver } from '../../testing/http-receiver.js'
import { listModels } from './llm-models.js'

test.each([
  ['openai', { authorization: 'Bearer the-key' }, ['x-api-key', 'anthropic-version']],
  ['anthropic', { 'x-api-key': 'the-key', 'anthropic-version': '2023-06-01' }, ['authorization']],
] as const)('%s gets the key in the header that it reads', async (provider, headers, absent) => {
  const receiver = await startHttpReceiver()
  try {
    await listModels({ provider, baseUrl: `${receiver.url}/v1`, apiKey: 'the-key', timeoutMs: 5_000 })
    const [request] = receiver.requests
    expect(request?.url).toBe('/v1/models')
    expect(request?.headers).toMatchObject(headers)
    for (const name of absent) expect(request?.headers).not.toHaveProperty(name)
  } finally {
    await receiver.close()
  }
})
