import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { GoldenSignals, SloStatus } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const BODY = JSON.stringify({ source_ip: '203.0.113.9', session: 's', occurred_at: '2026-03-22T12:00:00Z' })

describe.each(inject('postgresServers').slice(0, 1))(
  'populations of the objectives on $version',
  (server) => {
    let api: TestPlatform
    let token: string
    const open: Socket[] = []
    beforeEach(async () => {
      api = await startTestPlatform(server)
      token = await api.login()
    })
    afterEach(async () => {
      for (const socket of open.splice(0)) socket.destroy()
      await api.close()
    })

    const slo = async (id: string) => {
      const { items } = (await (await api.call('/slos', { as: token })).json()) as { items: SloStatus[] }
      return items.find((item) => item.id === id) as SloStatus
    }
    const ended = (status: number) =>
      api.logged.filter(
        ({ message, ...line }) => message === 'Request completed' && line['status'] === status,
      )

    /** A client that sends an event and reads nothing. */
    async function post(path = '/log', key = SENSOR_KEY): Promise<Socket> {
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
      open.push(socket)
      await once(socket, 'connect')
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
      )
      return socket
    }

    /** Keeps statements on a table waiting until it is called again. */
    async function blocked(table: string): Promise<() => Promise<void>> {
      const client = new pg.Client({ connectionString: api.databaseUrl })
      await client.connect()
      await client.query('BEGIN')
      await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
      return () => client.end()
    }

    async function waitsForLock(): Promise<boolean> {
      const client = new pg.Client({ connectionString: api.databaseUrl })
      await client.connect()
      const { rowCount } = await client.query(
        'SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
      )
      await client.end()
      return rowCount !== 0
    }

    test('a client that leaves while the database hangs is unanswered everywhere, once', async () => {
      expect((await api.send(BODY)).status).toBe(200)
      const release = await blocked('event_keys')
      const client = await post()
      await until(() => api.platform.ingest.queueDepth() > 0)
      client.destroy()
      await until(() => ended(499).length > 0)
      await release()
      await until(() => api.platform.ingest.queueDepth() === 0)
      expect(await slo('ingest-availability')).toMatchObject({
        measured: { good: 1, total: 2 },
        literal: { good: 1, total: 2, compliance: 0.5 },
      })
      expect(ended(499)).toHaveLength(1)
      expect(ended(499)[0]).toMatchObject({ method: 'POST', route: '/log', request_id: expect.any(String) })
      const metrics = await (await api.call('/metrics')).text()
      expect(metrics).toMatch(
        /^http_server_request_duration_seconds_count\{http_request_method="POST",http_route="\/log",http_response_status_code="499"\} 1$/m,
      )
      const signals = (await (
        await api.call('/ops/signals?minutes=5', { as: token })
      ).json()) as GoldenSignals
      expect(signals.routes.find(({ route }) => route === 'POST /log')).toMatchObject({
        requests: 2,
        client_error_rate: 0,
        server_error_rate: 0,
        unanswered_rate: 0.5,
      })
    })

    test('a client that leaves while its key cannot be looked up is still that of its key', async () => {
      expect((await api.send(BODY)).status).toBe(200)
      // Revoking any key makes every replica look its keys up again, as five seconds do.
      const other = await api.call('/api-keys', {
        method: 'POST',
        as: token,
        body: JSON.stringify({ name: 'other', scopes: ['ingest'], sensor_id: null }),
      })
      const { id } = (await other.json()) as { id: string }
      expect((await api.call(`/api-keys/${id}`, { method: 'DELETE', as: token })).status).toBe(200)
      const release = await blocked('api_keys')
      const client = await post()
      await until(waitsForLock)
      client.destroy()
      await until(() => ended(499).length > 0)
      await release()
      expect((await slo('ingest-availability')).measured).toEqual({ good: 1, total: 2 })
    })

    test('keyless noise hides no failure', async () => {
      for (let n = 0; n < 20; n += 1)
        expect((await api.call('/log', { method: 'POST', body: BODY })).status).toBe(401)
      await api.send('{')
      await api.send(BODY)
      expect(await slo('ingest-availability')).toMatchObject({
        measured: { good: 1, total: 1 },
        literal: { good: 22, total: 22 },
        population: {
          apart: [
            { population: 'refused_quota', requests: 0 },
            { population: 'client_error', requests: 1 },
            { population: 'unauthenticated', requests: 20 },
          ],
        },
      })
    })

    test('the event collector has its own objectives', async () => {
      const hec = (path: string, body: string) => api.call(path, { method: 'POST', as: SENSOR_KEY, body })
      expect((await hec('/services/collector', JSON.stringify({ event: JSON.parse(BODY) }))).status).toBe(200)
      expect((await hec('/services/collector/raw', BODY)).status).toBe(200)
      expect((await hec('/services/collector', '{')).status).toBe(400)
      expect((await slo('hec-availability')).measured).toEqual({ good: 2, total: 2 })
      expect((await slo('hec-latency')).measured.total).toBe(2)
      expect((await slo('ingest-availability')).measured.total).toBe(0)
    })
  },
)
