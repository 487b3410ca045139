import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../server/src/testing/free-port.js'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { control, restart } from './postgres-control.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
  SENSOR_KEY,
} from './server-process.js'

const RSYSLOG = ['/usr/sbin/rsyslogd', '/usr/bin/rsyslogd'].find((path) => existsSync(path))
const OPENSSL = '/usr/bin/openssl'
const MODULES = [
  '/usr/lib/x86_64-linux-gnu/rsyslog',
  '/usr/lib/aarch64-linux-gnu/rsyslog',
  '/usr/lib64/rsyslog',
]
const hasTls = MODULES.some((directory) => existsSync(join(directory, 'lmnsd_ossl.so')))

/** What rsyslog watches, and how it sends each. */
const FEEDS = ['tcp-lines', 'tcp-octets', 'udp', ...(hasTls ? ['tls'] : [])] as const
type Feed = (typeof FEEDS)[number]

interface Sessions {
  items: Array<{ source_ip: string; sensor_id: string; username?: string }>
}

describe.skipIf(!RSYSLOG || !existsSync(OPENSSL)).each(['1', '2'])(
  'a real rsyslog, %s workers',
  (workers) => {
    const directory = mkdtempSync(join(tmpdir(), 'eviltwin-rsyslog-'))
    const certificate = { key: join(directory, 'key.pem'), cert: join(directory, 'cert.pem') }
    let installation: Installation
    let server: RunningServer
    let rsyslog: ChildProcess
    let ports: { tcp: number; tls: number; udp: number }
    let get: Awaited<ReturnType<typeof reader>>

    beforeAll(async () => {
      makeCertificate(certificate)
      ports = { tcp: await freePort(), tls: await freePort(), udp: await freePort() }
      const keyFile = join(directory, 'sensor.key')
      writeFileSync(keyFile, SENSOR_KEY, { mode: 0o600 })
      installation = await createInstallation({
        ADMIN_PASSWORD: PASSWORD,
        BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
        WORKERS: workers,
        SYSLOG_TCP_PORT: String(ports.tcp),
        SYSLOG_UDP_PORT: String(ports.udp),
        SYSLOG_TLS_PORT: String(ports.tls),
        SYSLOG_TLS_KEY_FILE: certificate.key,
        SYSLOG_TLS_CERT_FILE: certificate.cert,
        SYSLOG_TLS_CLIENT_CA_FILE: certificate.cert,
        SYSLOG_KEY_FILE: keyFile,
      })
      server = await installation.start()
      get = await reader(installation.url)
      for (const feed of FEEDS) writeFileSync(fileOf(feed), '')
      const config = join(directory, 'rsyslog.conf')
      writeFileSync(config, rsyslogConfig(directory, ports, certificate))
      rsyslog = spawn(RSYSLOG as string, ['-n', '-f', config, '-i', join(directory, 'rsyslog.pid')], {
        stdio: 'inherit',
        env: { ...process.env, TZ: 'UTC' },
      })
    })
    afterAll(async () => {
      rsyslog?.kill('SIGTERM')
      await server?.kill('SIGTERM')
      installation?.remove()
      rmSync(directory, { recursive: true, force: true })
    })

    const fileOf = (feed: Feed) => join(directory, `${feed}.json`)
    const append = (feed: Feed, record: object) => appendFileSync(fileOf(feed), `${JSON.stringify(record)}\n`)
    const sessionsOf = (ip: string) =>
      until(async () => {
        const { items } = await get<Sessions>(`/sessions?src_ip=${ip}`)
        return items.length > 0 && items
      })

    test.each(FEEDS.map((feed, index) => [feed, `198.51.100.${index + 10}`] as const))(
      'delivers a log of Cowrie by %s',
      async (feed, src_ip) => {
        const session = feed.padEnd(12, '0')
        const common = { src_ip, session, sensor: `pot-${feed}`, protocol: 'ssh' }
        const timestamp = new Date().toISOString()
        append(feed, { eventid: 'cowrie.session.connect', timestamp, src_port: 40000, ...common })
        append(feed, {
          eventid: 'cowrie.login.failed',
          timestamp,
          username: 'root',
          password: 'ä"\\',
          ...common,
        })
        const [found] = await sessionsOf(src_ip)
        expect(found).toMatchObject({ source_ip: src_ip, sensor_id: `pot-${feed}` })
        await until(async () => {
          const { items } = await get<{ items: Array<{ event_count: number }> }>(
            `/attackers?src_ip=${src_ip}`,
          )
          return items[0]?.event_count === 2
        })
      },
    )

    test('the time and the host of its header stand in for those that a record lacks', async () => {
      append('tcp-octets', { source_ip: '198.51.100.30', event_type: 'login_attempt', username: 'x' })
      append('tcp-lines', { source_ip: '198.51.100.31', event_type: 'login_attempt', username: 'x' })
      for (const ip of ['198.51.100.30', '198.51.100.31']) {
        expect(await sessionsOf(ip)).toMatchObject([{ sensor_id: 'rsyslog-host' }])
      }
    })

    test('text is in the quarantine, and what comes after it is stored', async () => {
      appendFileSync(fileOf('tcp-lines'), 'Accepted password for root\n')
      const item = await until(async () => {
        const { items } = await get<{ items: Array<{ detail: string }> }>('/quarantine')
        return items.find(({ detail }) => detail.includes('Accepted password'))
      })
      expect(item).toMatchObject({ reason: 'invalid_json', detail: expect.stringContaining('RFC 3164') })
    })

    test('ten thousand records by TCP are each stored once', async () => {
      const occurred_at = Date.now()
      const lines = Array.from({ length: 10_000 }, (_, index) =>
        JSON.stringify({
          source_ip: '198.51.100.40',
          occurred_at: new Date(occurred_at - index).toISOString(),
          session_id: `many-${index % 50}`,
          event_type: 'login_attempt',
          username: `user-${index}`,
          sensor_id: 'many',
        }),
      )
      appendFileSync(fileOf('tcp-octets'), `${lines.join('\n')}\n`)
      await until(async () => {
        const { items } = await get<{ items: Array<{ event_count: number }> }>(
          '/attackers?src_ip=198.51.100.40',
        )
        return items[0]?.event_count === lines.length
      })
    })

    test.runIf(hasTls)('a TLS client without a certificate of the authority is refused', async () => {
      const ended = await new Promise<boolean>((resolve) => {
        const socket = connectTls({
          port: ports.tls,
          host: '127.0.0.1',
          ca: readFileSync(certificate.cert),
          servername: 'localhost',
        })
        socket.on('error', () => resolve(true))
        socket.on('close', () => resolve(true))
        socket.on('secureConnect', () => socket.write('<13>{"source_ip":"198.51.100.50"}\n'))
      })
      expect(ended).toBe(true)
      await until(() => server.output().stdout.includes('"tls_failed"'))
    })
  },
)

test.skipIf(!RSYSLOG)(
  'a port of syslog that is taken keeps the server from starting, and is named',
  async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
    )
    const directory = mkdtempSync(join(tmpdir(), 'eviltwin-syslog-port-'))
    const keyFile = join(directory, 'sensor.key')
    writeFileSync(keyFile, SENSOR_KEY)
    const installation = await createInstallation({ SYSLOG_TCP_PORT: String(port), SYSLOG_KEY_FILE: keyFile })
    const { code, stderr } = await installation.run('start')
    expect(code).toBe(1)
    expect(stderr).toContain(String(port))
    installation.remove()
    rmSync(directory, { recursive: true, force: true })
    other.close()
  },
)

describe.each(inject('postgresServers').slice(-1))('on $version', (postgres) => {
  test('what is sent while the database is away waits, and is stored once it is back', async () => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const directory = mkdtempSync(join(tmpdir(), 'eviltwin-syslog-outage-'))
    const keyFile = join(directory, 'sensor.key')
    writeFileSync(keyFile, SENSOR_KEY, { mode: 0o600 })
    const [tcp, udp] = [await freePort(), await freePort()]
    const installation = await createInstallation({
      DATABASE_URL: url,
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      METRICS_OPEN: 'true',
      SYSLOG_TCP_PORT: String(tcp),
      SYSLOG_UDP_PORT: String(udp),
      SYSLOG_KEY_FILE: keyFile,
    })
    const server = await installation.start()
    try {
      const metrics = async () => (await fetch(`${installation.url}/metrics`)).text()
      const line = (source_ip: string, index: number) =>
        `<13>1 ${new Date().toISOString()} pot app - - - ${JSON.stringify({ source_ip, username: `user-${index}` })}\n`
      const get = await reader(installation.url)
      const stream = connect(tcp, '127.0.0.1')
      control(postgres, 'stop', '-m', 'immediate')
      for (let index = 0; index < 1_000; index += 1) stream.write(line('198.51.100.61', index))
      const datagrams = createSocket('udp4')
      for (let index = 0; index < 50; index += 1)
        await new Promise((sent) => datagrams.send(line('198.51.100.62', index), udp, '127.0.0.1', sent))
      await until(async () =>
        /eviltwin_connector_waits_total\{connector="syslog",reason="store-unavailable"\} [1-9]/.test(
          await metrics(),
        ),
      )
      restart(postgres)
      for (const [ip, count] of [
        ['198.51.100.61', 1_000],
        ['198.51.100.62', 50],
      ] as const)
        await until(async () => {
          const { items = [] } = await get<{ items?: Array<{ event_count: number }> }>(
            `/attackers?src_ip=${ip}`,
          )
          return items[0]?.event_count === count
        })
      expect(await metrics()).toContain(
        'eviltwin_connector_dropped_messages_total{connector="syslog",transport="udp",reason="queue_full"} 0',
      )
      stream.destroy()
      datagrams.close()
    } finally {
      await server.kill('SIGTERM')
      installation.remove()
      rmSync(directory, { recursive: true, force: true })
      await drop()
    }
  })
})

/** One certificate that is its own authority: of the server, and of the client. */
function makeCertificate({ key, cert }: { key: string; cert: string }): void {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(OPENSSL, ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' })
}

function rsyslogConfig(
  directory: string,
  ports: { tcp: number; tls: number; udp: number },
  { key, cert }: { key: string; cert: string },
): string {
  const target = 'type="omfwd" target="127.0.0.1" action.resumeRetryCount="-1" action.resumeInterval="1"'
  const actions: Record<string, string> = {
    'tcp-lines': `protocol="tcp" port="${ports.tcp}" template="RSYSLOG_TraditionalForwardFormat"`,
    'tcp-octets': `protocol="tcp" port="${ports.tcp}" tcp_framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"`,
    udp: `protocol="udp" port="${ports.udp}" template="RSYSLOG_SyslogProtocol23Format"`,
    tls: `protocol="tcp" port="${ports.tls}" tcp_framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
      StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`,
  }
  const tls = `DefaultNetstreamDriverCAFile="${cert}" DefaultNetstreamDriverCertFile="${cert}" DefaultNetstreamDriverKeyFile="${key}"`
  return [
    `global(workDirectory="${directory}" localHostname="rsyslog-host" ${hasTls ? tls : ''})`,
    'module(load="imfile" mode="inotify")',
    ...FEEDS.flatMap((feed) => [
      `ruleset(name="${feed}") { action(${target} ${actions[feed]}) }`,
      `input(type="imfile" file="${join(directory, `${feed}.json`)}" tag="cowrie:" ruleset="${feed}")`,
    ]),
    '',
  ].join('\n')
}
