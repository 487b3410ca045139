import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Drift } from '@eviltwin/contract'
import { ValueType } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { Resource } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { LogFields, LogLevel, LogObserver } from './log.js'
import { createExemplars, toOpenMetrics } from './openmetrics.js'

/** Values that are read when somebody asks for the metrics. */
export interface Gauges {
  alertQueueDepth: () => number
  liveFeedClients: () => number
  ingestQueueRows: () => number
  /** Messages that wait, by channel type. */
  pendingDeliveries: () => ReadonlyMap<string, number>
  pools: () => Readonly<Record<string, { size: number; idle: number; waiting: number; max: number }>>
  memory: () => { used: number; limit: number }
  /** Null when the data is elsewhere. */
  diskFreeBytes: () => number | null
  /** The busiest attackers of the last 24 hours; few, because each is a series. */
  topAttackers: () => ReadonlyArray<{ source_ip: string; events: number }>
  /** Null where no LLM is configured. */
  aiAvailable: () => boolean | null
  /** Null without a model, or with too few sessions. */
  scoringDrift: () => Drift | null
  isModelLoaded: () => boolean
  /** Names of the operational alerts that fire. */
  firingAlerts: () => readonly string[]
}

/** A request that was answered, in OpenTelemetry's words. */
export interface CompletedRequest {
  method: string
  route: string
  status: number
  milliseconds: number
  trace_id: string
}

/**
 * What the platform counts. Names follow OpenTelemetry's semantic conventions where there is one (HTTP server, database client,
 * Node.js runtime) and the source specification for scoring and AI; `exposition` spells them as Prometheus does.
 * https://opentelemetry.io/docs/specs/semconv/
 */
export interface Metrics {
  requestCompleted(request: CompletedRequest): void
  /** A line of the log, written or not: events, scores, logins and troubles are counted from it. */
  logged: LogObserver
  aiUnavailable(): void
  analysisAsked(): void
  /** @param milliseconds of the LLM's round trip. */
  sessionAnalyzed(milliseconds: number): void
  chatTurn(): void
  /** @param cost_usd at the prices that the operator configured. */
  llmUsed(usage: { input_tokens: number; output_tokens: number; cost_usd: number }): void
  triageDropped(what: 'techniques' | 'iocs' | 'claims', count: number): void
  /** An alert reached a client: seconds from the receipt of the event to the client's acknowledgement. */
  alertDelivered(seconds: number, mode: 'live' | 'resumed'): void
  /** @param suppressed_by null when the alert was announced. */
  alertRaised(threat_level: string, suppressed_by: string | null): void
  deliveryAttempted(channel_type: string, outcome: 'delivered' | 'failed' | 'dead'): void
  /** What a forwarder did with lines or events: shipped, or dropped because its spool was full. */
  forwarded(what: 'logs' | 'events', outcome: 'shipped' | 'failed' | 'dropped', count: number): void
  observe(gauges: Gauges): void
  /** Prometheus text format 0.0.4, or OpenMetrics 1.0 with exemplars. */
  exposition(format: 'prometheus' | 'openmetrics'): Promise<string>
  shutdown(): Promise<void>
}

/** Those of the HTTP conventions, with bounds at our objectives. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 0.8, 1, 2.5, 5, 7.5, 10]
/** Dense around the promise of two seconds and the aim of a quarter of one. */
const DELIVERY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30]
const ANALYSIS_MS = [100, 250, 500, 1_000, 2_500, 5_000, 7_500, 10_000, 20_000, 60_000]

/** Sensors are named by their senders: beyond so many names they share one. */
const MAX_SENSOR_LABELS = 200

/** @param readers beside Prometheus', such as one that pushes by OTLP. */
export function createMetrics(resource: Resource, readers: readonly MetricReader[] = []): Metrics {
  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const provider = new MeterProvider({ resource, readers: [prometheus, ...readers] })
  const meter = provider.getMeter('eviltwin')
  const exemplars = createExemplars(REQUEST_SECONDS)

  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
    advice: { explicitBucketBoundaries: REQUEST_SECONDS },
  })
  const delivery = meter.createHistogram('eviltwin.alert.delivery.duration', {
    unit: 's',
    description: 'From the receipt of an event to the acknowledgement of its alert by a live feed client',
    advice: { explicitBucketBoundaries: DELIVERY_SECONDS },
  })
  const counter = (name: string, description: string) =>
    meter.createCounter(name, { description, valueType: ValueType.INT })
  const alerts = counter('eviltwin.alerts', 'Alerts stored; suppressed_by is "none" for those announced')
  const deliveries = counter(
    'eviltwin.channel.deliveries',
    'Attempts to send a message to an outbound channel',
  )
  const forwarded = counter('eviltwin.forwarder.items', 'Log lines and events that a forwarder handled')
  const scoredByModel = counter('scoring.ml.count', 'Times the ML scorer ran')
  const scoredByRules = counter('scoring.degraded.count', 'Times the rule-based fallback scored')
  const unavailable = counter('ai.unavailable.count', 'Times the LLM was found unavailable')
  const events = counter('eviltwin.events', 'New events stored by POST /log')
  const scored = counter('eviltwin.sessions.scored', 'Scores computed, by the threat level they came to')
  const logins = counter('eviltwin.auth.logins', 'Logins that succeeded or failed, and refreshed tokens')
  const troubles = counter('eviltwin.log.lines', 'Log lines of WARNING and above')
  const sensors = boundedLabel(MAX_SENSOR_LABELS)
  const analyses = counter('ai.analyze_session.count', 'Calls of POST /ai/analyze')
  const chats = counter('ai.chat.count', 'Turns of POST /ai/chat')
  const tokens = counter('ai.tokens', 'Tokens that the LLM read and wrote')
  const cost = meter.createCounter('ai.cost', {
    unit: 'USD',
    description: 'What the LLM cost, in US dollars, at the configured prices',
  })
  const dropped = counter('ai.dropped', 'Things the LLM said that the session does not back')
  // Zero is a statement, too: a series that is not there cannot be told from one that is not scraped.
  for (const instrument of [scoredByModel, scoredByRules, unavailable, analyses, chats]) {
    instrument.add(0)
  }
  const analysisLatency = meter.createHistogram('ai.analyze_session.latency_ms', {
    description: 'End-to-end round-trip time of an LLM analysis, in milliseconds',
    advice: { explicitBucketBoundaries: ANALYSIS_MS },
  })
  observeRuntime()

  function observeRuntime(): void {
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    const delays = {
      min: () => delay.min,
      max: () => delay.max,
      mean: () => delay.mean,
      p50: () => delay.percentile(50),
      p90: () => delay.percentile(90),
      p99: () => delay.percentile(99),
    }
    for (const [name, read] of Object.entries(delays)) {
      gauge(`nodejs.eventloop.delay.${name}`, 's', 'Event loop delay since the start', () =>
        finite(read() / 1e9),
      )
    }
    let before = performance.eventLoopUtilization()
    gauge(
      'nodejs.eventloop.utilization',
      '1',
      'Share of time the event loop was busy, since the last look',
      () => {
        const now = performance.eventLoopUtilization()
        const { utilization } = performance.eventLoopUtilization(now, before)
        before = now
        return finite(utilization)
      },
    )
    gauge('process.memory.usage', 'By', 'Resident memory of the process', () => process.memoryUsage.rss())
    gauge('process.uptime', 's', 'Time the process has been running', () => process.uptime())
  }

  function gauge(name: string, unit: string, description: string, read: () => number): void {
    meter.createObservableGauge(name, { unit, description }).addCallback((result) => result.observe(read()))
  }

  return {
    requestCompleted({ method, route, status, milliseconds, trace_id }) {
      const seconds = milliseconds / 1000
      requests.record(seconds, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      })
      exemplars.add(`${method} ${route} ${status}`, seconds, trace_id)
    },
    logged,
    aiUnavailable: () => unavailable.add(1),
    analysisAsked: () => analyses.add(1),
    sessionAnalyzed: (milliseconds) => analysisLatency.record(milliseconds),
    chatTurn: () => chats.add(1),
    llmUsed({ input_tokens, output_tokens, cost_usd }) {
      tokens.add(input_tokens, { direction: 'input' })
      tokens.add(output_tokens, { direction: 'output' })
      cost.add(cost_usd)
    },
    triageDropped: (what, count) => dropped.add(count, { what }),
    alertDelivered: (seconds, mode) => delivery.record(seconds, { mode }),
    alertRaised: (threat_level, suppressed_by) =>
      alerts.add(1, { threat_level, suppressed_by: suppressed_by ?? 'none' }),
    deliveryAttempted: (channel_type, outcome) => deliveries.add(1, { channel_type, outcome }),
    forwarded: (what, outcome, count) => forwarded.add(count, { what, outcome }),
    observe(gauges) {
      gauge(
        'eviltwin.alert_manager.queue_depth',
        '',
        'Escalations that wait for the alert manager',
        gauges.alertQueueDepth,
      )
      gauge(
        'eviltwin.live_feed.clients',
        '',
        'Connected live feed clients of this replica',
        gauges.liveFeedClients,
      )
      gauge('eviltwin.ingest.queue_rows', '', 'Rows that wait for their commit', gauges.ingestQueueRows)
      gauge(
        'eviltwin.memory.used',
        'By',
        'Memory in use, of the container where there is one',
        () => gauges.memory().used,
      )
      gauge('eviltwin.memory.limit', 'By', 'Memory that may be used', () => gauges.memory().limit)
      meter
        .createObservableGauge('eviltwin.disk.free', {
          unit: 'By',
          description: 'Free space on the disk of DATA_DIR',
        })
        .addCallback((result) => {
          const free = gauges.diskFreeBytes()
          if (free !== null) result.observe(free)
        })
      meter
        .createObservableGauge('eviltwin.channel.pending', {
          description: 'Messages that wait for an outbound channel',
        })
        .addCallback((result) => {
          for (const [channel_type, count] of gauges.pendingDeliveries())
            result.observe(count, { channel_type })
        })
      meter
        .createObservableGauge('eviltwin.operational_alert.firing', {
          description: '1 for each operational alert that fires',
        })
        .addCallback((result) => {
          for (const alert of gauges.firingAlerts()) result.observe(1, { alert })
        })
      meter
        .createObservableGauge('eviltwin.top_attacker.events', {
          description: 'Events of the 20 busiest attackers of the last 24 hours',
        })
        .addCallback((result) => {
          for (const { source_ip, events } of gauges.topAttackers()) result.observe(events, { source_ip })
        })
      meter
        .createObservableGauge('eviltwin.ai.available', { description: '1 while the LLM answers' })
        .addCallback((result) => {
          const available = gauges.aiAvailable()
          if (available !== null) result.observe(available ? 1 : 0)
        })
      meter
        .createObservableGauge('eviltwin.scoring.model.loaded', {
          description: '1 while a trained model scores',
        })
        .addCallback((result) => result.observe(gauges.isModelLoaded() ? 1 : 0))
      meter
        .createObservableGauge('eviltwin.scoring.drift.psi', {
          description: 'Population stability index of the last day against training; 0.25 and more is drift',
        })
        .addCallback((result) => {
          const drift = gauges.scoringDrift()
          if (!drift) return
          result.observe(drift.level_psi, { of: 'levels' })
          for (const { name, psi } of drift.features) result.observe(psi, { of: name })
        })
      observePools(gauges.pools)
    },
    async exposition(format) {
      const { resourceMetrics } = await prometheus.collect()
      const text = serializer.serialize(withUnitsInNames(resourceMetrics))
      return format === 'openmetrics' ? toOpenMetrics(text, exemplars) : text
    },
    shutdown: () => provider.shutdown(),
  }

  function logged(level: LogLevel, logger: string, message: string, fields: LogFields): void {
    switch (message) {
      case 'Event ingested':
        events.add(1, {
          sensor_id: sensors.bounded(fields['sensor_id']),
          event_type: String(fields['event_type']),
        })
        return
      case 'Score computed':
        scored.add(1, { threat_level: String(fields['threat_level']) })
        ;(String(fields['scored_by']).startsWith('rules') ? scoredByRules : scoredByModel).add(1)
        return
      case 'Auth login success':
        logins.add(1, { outcome: 'success' })
        return
      case 'Auth login failed':
        logins.add(1, { outcome: 'failure' })
        return
      case 'Token refresh':
        logins.add(1, { outcome: 'refresh' })
        return
      default:
        if (level !== 'INFO') troubles.add(1, { level, logger })
    }
  }

  function observePools(pools: Gauges['pools']): void {
    const name = 'db.client.connection.pool.name'
    meter
      .createObservableUpDownCounter('db.client.connection.count', {
        unit: '{connection}',
        description: 'Connections that are in the state described by db.client.connection.state',
      })
      .addCallback((result) => {
        for (const [pool, { size, idle }] of Object.entries(pools())) {
          result.observe(idle, { [name]: pool, 'db.client.connection.state': 'idle' })
          result.observe(size - idle, { [name]: pool, 'db.client.connection.state': 'used' })
        }
      })
    meter
      .createObservableUpDownCounter('db.client.connection.max', {
        unit: '{connection}',
        description: 'Most open connections allowed',
      })
      .addCallback((result) => {
        for (const [pool, { max }] of Object.entries(pools())) result.observe(max, { [name]: pool })
      })
    meter
      .createObservableUpDownCounter('db.client.connection.pending_requests', {
        unit: '{request}',
        description: 'Requests that wait for an open connection',
      })
      .addCallback((result) => {
        for (const [pool, { waiting }] of Object.entries(pools())) result.observe(waiting, { [name]: pool })
      })
  }
}

/** Values of a label that others choose: the first so many, and `other`. */
function boundedLabel(max: number): { bounded(value: unknown): string } {
  const known = new Set<string>()
  return {
    bounded(value) {
      const text = String(value)
      if (known.has(text)) return text
      if (known.size >= max) return 'other'
      known.add(text)
      return text
    },
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

/** `_count` is the suffix of a histogram's counter, and reserved for it (promtool check metrics). */
const PROMETHEUS_NAMES: Readonly<Record<string, string>> = {
  'db.client.connection.count': 'db.client.connections',
}
const UNIT_NAMES: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'ratio', USD: 'usd' }

/** The exporter leaves units out of names, unlike the OpenTelemetry specification "Prometheus and OpenMetrics Compatibility". */
function withUnitsInNames(resourceMetrics: ResourceMetrics): ResourceMetrics {
  return {
    ...resourceMetrics,
    scopeMetrics: resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => {
        const { unit } = metric.descriptor
        const name = PROMETHEUS_NAMES[metric.descriptor.name] ?? metric.descriptor.name
        const suffix = UNIT_NAMES[unit]
        const named = suffix === undefined ? name : `${name}.${suffix}`
        return { ...metric, descriptor: { ...metric.descriptor, name: named, unit: '' } }
      }),
    })),
  }
}
