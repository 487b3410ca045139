import { expect, test } from 'vitest'
import { createInstallation, PASSWORD, SENSOR_KEY } from './server-process.js'

test('a disk that is nearly full refuses ingest before PostgreSQL has to, and reads go on', async () => {
  const installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    MIN_FREE_DISK_BYTES: String(Number.MAX_SAFE_INTEGER),
  })
  const server = await installation.start()
  try {
    const send = () =>
      fetch(`${installation.url}/log`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ source_ip: '203.0.113.7', time: new Date().toISOString() }),
      })
    let response = await send()
    while (response.status === 200) response = await send()
    expect(response.status).toBe(507)
    expect(response.headers.get('retry-after')).toBe('60')
    expect(await response.json()).toMatchObject({
      type: '/problems/storage-full',
      detail: expect.stringContaining('shorten the retention'),
    })
    expect((await fetch(`${installation.url}/health`)).status).toBe(200)
  } finally {
    await server.kill('SIGTERM')
    installation.remove()
  }
})
