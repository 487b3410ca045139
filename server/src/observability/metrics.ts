import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** Values that are read when somebody asks for the metrics. */
export interface Gauges {
  alertQueueDepth: () => number
  liveFeedClients: () => number
  /** Messages that wait, by channel type. */
  pendingDeliveries: () => ReadonlyMap<string, number>
}

/** What the platform counts. Names follow OpenTelemetry's conventions; `exposition` spells them as Prometheus does. */
export interface Metrics {
  /** An alert reached a client: seconds from the receipt of the event to the client's acknowledgement. */
  alertDelivered(seconds: number, mode: 'live' | 'resumed'): void
  /** @param suppressed_by null when the alert was announced. */
  alertRaised(threat_level: string, suppressed_by: string | null): void
  deliveryAttempted(channel_type: string, outcome: 'delivered' | 'failed' | 'dead'): void
  observe(gauges: Gauges): void
  /** Prometheus text format 0.0.4. */
  exposition(): Promise<string>
}

/** Dense around the promise of two seconds and the aim of a quarter of one. */
const DELIVERY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30]

export function createMetrics(): Metrics {
  const reader = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    withoutTargetInfo: true,
  })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const meter = new MeterProvider({ readers: [reader] }).getMeter('eviltwin')
  const delivery = meter.createHistogram('eviltwin.alert.delivery.duration', {
    unit: 's',
    description: 'From the receipt of an event to the acknowledgement of its alert by a live feed client',
    advice: { explicitBucketBoundaries: DELIVERY_SECONDS },
  })
  const alerts = meter.createCounter('eviltwin.alerts', {
    description: 'Alerts stored; suppressed_by is "none" for those announced',
  })
  const deliveries = meter.createCounter('eviltwin.channel.deliveries', {
    description: 'Attempts to send a message to an outbound channel',
  })
  return {
    alertDelivered: (seconds, mode) => delivery.record(seconds, { mode }),
    alertRaised: (threat_level, suppressed_by) =>
      alerts.add(1, { threat_level, suppressed_by: suppressed_by ?? 'none' }),
    deliveryAttempted: (channel_type, outcome) => deliveries.add(1, { channel_type, outcome }),
    observe({ alertQueueDepth, liveFeedClients, pendingDeliveries }) {
      meter
        .createObservableGauge('eviltwin.alert_manager.queue_depth', {
          description: 'Escalations that wait for the alert manager',
        })
        .addCallback((result) => result.observe(alertQueueDepth()))
      meter
        .createObservableGauge('eviltwin.live_feed.clients', {
          description: 'Connected live feed clients of this replica',
        })
        .addCallback((result) => result.observe(liveFeedClients()))
      meter
        .createObservableGauge('eviltwin.channel.pending', {
          description: 'Messages that wait for an outbound channel',
        })
        .addCallback((result) => {
          for (const [channel_type, count] of pendingDeliveries()) result.observe(count, { channel_type })
        })
    },
    async exposition() {
      const { resourceMetrics } = await reader.collect()
      return serializer.serialize(withUnitsInNames(resourceMetrics))
    },
  }
}

const UNIT_NAMES: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes' }

/** The exporter leaves units out of names, unlike the OpenTelemetry specification "Prometheus and OpenMetrics Compatibility". */
function withUnitsInNames(resourceMetrics: ResourceMetrics): ResourceMetrics {
  return {
    ...resourceMetrics,
    scopeMetrics: resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => {
        const { name, unit } = metric.descriptor
        const suffix = UNIT_NAMES[unit]
        const named = suffix === undefined ? name : `${name}.${suffix}`
        return { ...metric, descriptor: { ...metric.descriptor, name: named, unit: '' } }
      }),
    })),
  }
}
