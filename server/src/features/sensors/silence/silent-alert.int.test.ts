import type { Notification, OpsAlert, Sensor } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../../testing/http-receiver.js'
import { startTestPlatform, type TestPlatform } from '../../../testing/test-platform.js'
import { until } from '../../../testing/until.js'

const MINUTE_MS = 60_000

/** OpenCanary's own record of log type 1004, by which it states that it runs. */
const pingOfOpenCanary = (node_id: string, sent_at: string) => ({
  dst_host: '',
  dst_port: -1,
  local_time: sent_at.replace('T', ' ').replace('Z', '000'),
  local_time_adjusted: sent_at.replace('T', ' ').replace('Z', '000'),
  logdata: { msg: { logdata: 'Canary running!!!' } },
  logtype: 1004,
  node_id,
  src_host: '',
  src_port: -1,
  utc_time: sent_at.replace('T', ' ').replace('Z', '000'),
})

describe.each(inject('postgresServers'))('the alert Sensor silent on $version', (server) => {
  let api: TestPlatform
  let token: string
  let key: string
  let database: pg.Client
  let receiver: HttpReceiver
  // More than the clock of the database corrects.
  let ahead = 60 * MINUTE_MS
  const now = () => Date.now() + ahead
  beforeAll(async () => {
    api = await startTestPlatform(server, {
      now,
      environment: {
        OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
        OPERATIONS_INTERVAL_SECONDS: '0.2',
        ACCESS_TOKEN_MINUTES: '60',
      },
    })
    token = await api.login()
    database = new pg.Client({ connectionString: api.databaseUrl })
    await database.connect()
    receiver = await startHttpReceiver()
    await post('/channels', {
      name: 'on call',
      threat_alerts: false,
      settings: { type: 'webhook', url: receiver.url, secret: 'a secret of 24 characters' },
    })
    const collector = { name: 'collector', scopes: ['ingest'], kind: 'collector', sensor_ids: null }
    key = (await (await post('/api-keys', collector)).json()).key
  })
  afterAll(async () => {
    await database.end()
    await api.close()
    await receiver.close()
  })

  const post = (path: string, body: object, as = token) =>
    api.call(path, { method: 'POST', body: JSON.stringify(body), as })
  async function beat(...sensors: string[]): Promise<void> {
    const sent = now()
    const sent_at = new Date(sent).toISOString()
    for (const sensor_id of sensors)
      if (sensor_id === 'one') await post('/log', pingOfOpenCanary(sensor_id, sent_at), key)
      else await post('/sensors/heartbeat', { sent_at, sensor_id }, key)
    await until(async () => {
      const { rows } = await database.query(
        'SELECT count(*)::integer FROM sensor_heartbeats WHERE sensor_id = ANY ($1) AND received_at >= $2',
        [sensors, new Date(sent)],
      )
      return rows[0]?.count === sensors.length
    })
  }
  /** These sensors send in the rest of a minute, and the leader looks at the beginning of the next one. */
  async function minute(...sensors: string[]): Promise<void> {
    await beat(...sensors)
    ahead += MINUTE_MS - (now() % MINUTE_MS)
    const began = now()
    await until(async () => {
      const { rows } = await database.query('SELECT looked_at FROM sensor_clock')
      return rows[0]?.looked_at.getTime() >= began
    })
  }
  const read = async <Item>(path: string) =>
    ((await (await api.call(path, { as: token })).json()) as { items: Item[] }).items
  const alert = async () =>
    (await read<OpsAlert>('/ops/alerts')).find(({ id }) => id === 'sensor-silent') as OpsAlert
  const stateOf = async (sensor_id: string) =>
    (await read<Sensor>(`/sensors?sensor_id=${sensor_id}`))[0]?.state
  const notified = () =>
    receiver.requests
      .map(({ body }) => JSON.parse(body) as Notification)
      .flatMap((notice) =>
        notice.kind === 'operational_alert' && notice.rule === 'Sensor silent' ? [notice.status] : [],
      )

  test('fires when heartbeats stop, is notified again of one more sensor, and ends when they are back or not expected', async () => {
    await beat('one', 'two', 'three')
    // As if they had sent for an hour.
    await database.query(
      `UPDATE sensor_heartbeats SET first_received_at = first_received_at - interval '1 hour', gaps = array_fill(60::real, ARRAY[15])`,
    )
    await minute('one', 'two', 'three')
    expect([await stateOf('one'), (await alert()).state]).toEqual(['active', 'inactive'])

    for (let n = 0; n < 20 && (await stateOf('one')) !== 'no_data'; n += 1) await minute('two', 'three')
    const firing = await until(async () => {
      const found = await alert()
      return found.state === 'firing' && found
    })
    expect(firing).toMatchObject({ value: 1, detail: expect.stringContaining('"one" (last received') })
    await until(() => notified().length === 1)
    const runbook = await api.call(new URL(firing.runbook_url).pathname)
    expect([runbook.status, await runbook.text()]).toEqual([200, expect.stringContaining('# Sensor silent')])

    for (let n = 0; n < 20 && (await stateOf('two')) !== 'no_data'; n += 1) await minute('three')
    await until(() => notified().length === 2)
    expect(notified()).toEqual(['firing', 'firing'])

    const retired = { sensor_id: 'two', expected: 'no' }
    await api.call('/sensors/expectation', { method: 'PUT', body: JSON.stringify(retired), as: token })
    await minute('one', 'three')
    await until(async () => (await alert()).state === 'resolved')
    await until(() => notified().length === 3)
    expect(notified().at(-1)).toBe('resolved')
    expect([await stateOf('one'), await stateOf('two')]).toEqual(['active', 'no_data'])
  })
})
