import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../testing/free-port.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

interface Listed {
  items: Array<Record<string, unknown>>
}

describe.each(inject('postgresServers'))('syslog on $version', (server) => {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-syslog-'))
  let api: TestPlatform
  let admin: string
  let tcp: number
  let udp: number

  beforeAll(async () => {
    ;[tcp, udp] = [await freePort(), await freePort()]
    const keyFile = join(directory, 'sensor.key')
    writeFileSync(keyFile, `${SENSOR_KEY}\n`, { mode: 0o600 })
    api = await startTestPlatform(server, {
      environment: {
        SYSLOG_TCP_PORT: String(tcp),
        SYSLOG_UDP_PORT: String(udp),
        SYSLOG_KEY_FILE: keyFile,
        SYSLOG_TIMEZONE: 'UTC',
      },
    })
    admin = await api.login()
  })
  afterAll(async () => {
    await api.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const get = async (path: string) => (await api.call(path, { as: admin })).json()
  const attackerOf = (ip: string) =>
    until(async () => {
      const response = await api.call(`/attackers/${ip}`, { as: admin })
      return response.ok && response.json()
    })
  const sendTcp = (text: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(tcp, '127.0.0.1', () => socket.end(text))
      socket.once('close', () => resolve())
    })
  const record = (source_ip: string, more: object = {}) =>
    JSON.stringify({ source_ip, event_type: 'login_attempt', username: 'root', ...more })
  const header = () => `<34>1 ${new Date().toISOString()} pot-5424 app - - -`

  test('both framings by TCP become events, with time and host of the header', async () => {
    const counted = `${header()} ${record('198.51.100.1')}`
    await sendTcp(`${header()} @cee:${record('198.51.100.2')}\n${Buffer.byteLength(counted)} ${counted}`)
    for (const ip of ['198.51.100.1', '198.51.100.2']) {
      const attacker = await attackerOf(ip)
      expect(attacker).toMatchObject({ event_count: 1 })
    }
    const { items } = (await get('/sessions?src_ip=198.51.100.1')) as Listed
    expect(items).toMatchObject([{ source_ip: '198.51.100.1', sensor_id: 'pot-5424' }])
  })

  test('the same messages again are the same events', async () => {
    const line = `${header()} ${record('198.51.100.3')}\n`
    await sendTcp(line)
    await attackerOf('198.51.100.3')
    await sendTcp(`${line}${header()} ${record('198.51.100.4')}\n`)
    await attackerOf('198.51.100.4')
    expect(await attackerOf('198.51.100.3')).toMatchObject({ event_count: 1 })
  })

  test('datagrams become events, RFC 3164 without a year included', async () => {
    const socket = createSocket('udp4')
    const [, month, day, time] =
      /^\w+, (\d+) (\w+) \d+ ([\d:]+)/.exec(new Date().toUTCString())?.map(String) ?? []
    const stamp = `${day} ${String(Number(month)).padStart(2)} ${time}`
    await new Promise((resolve) =>
      socket.send(`<34>${stamp} pot-3164 app[1]: ${record('198.51.100.5')}`, udp, '127.0.0.1', resolve),
    )
    await attackerOf('198.51.100.5')
    const { items } = (await get('/sessions?src_ip=198.51.100.5')) as Listed
    expect(items).toMatchObject([{ sensor_id: 'pot-3164' }])
    socket.close()
  })

  test('text that is no JSON is in the quarantine, with where it was looked for', async () => {
    await sendTcp('<34>Oct 11 22:14:15 host sshd[1]: Accepted password for root\n')
    const item = await until(async () => {
      const { items } = (await get('/quarantine')) as Listed
      return items.find(({ detail }) => String(detail).includes('Accepted password'))
    })
    expect(item).toMatchObject({
      reason: 'invalid_json',
      detail: expect.stringContaining('no JSON object behind the RFC 3164 header and its tag'),
    })
  })

  test('messages are counted by transport', async () => {
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toMatch(/eviltwin_connector_messages_total\{connector="syslog",transport="tcp"\} \d+/)
    expect(metrics).toMatch(/eviltwin_connector_messages_total\{connector="syslog",transport="udp"\} 1/)
    expect(metrics).toContain('eviltwin_syslog_connections ')
    expect(metrics).toContain('eviltwin_syslog_queued_datagrams 0')
  })

  test.each([
    [{}, 'SYSLOG_KEY_FILE names no file'],
    [{ SYSLOG_KEY_FILE: '/nowhere' }, 'SYSLOG_KEY_FILE: /nowhere cannot be read'],
  ])('a start without a key that can be read fails, and says so: %j', async (environment, message) => {
    const starting = startTestPlatform(server, {
      environment: { SYSLOG_TCP_PORT: String(await freePort()), ...environment },
      beside: api,
    })
    await expect(starting).rejects.toThrow(message)
  })
})
