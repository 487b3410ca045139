import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** `_count` is the suffix of a histogram's counter, and reserved for it (promtool check metrics). */
const PROMETHEUS_NAMES: Readonly<Record<string, string>> = {
  'db.client.connection.count': 'db.client.connections',
}
const UNIT_NAMES: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'ratio', USD: 'usd' }

/** The exporter leaves units out of names, unlike the OpenTelemetry specification "Prometheus and OpenMetrics Compatibility". */
export function withUnitsInNames(resourceMetrics: ResourceMetrics): ResourceMetrics {
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
