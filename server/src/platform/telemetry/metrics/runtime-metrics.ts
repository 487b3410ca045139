import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { GaugeRegistry } from './gauges.js'

/** Event loop and memory of this process. https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/ */
export function registerRuntimeMetrics({ gauge }: GaugeRegistry): void {
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
    gauge(
      { name: `nodejs.eventloop.delay.${name}`, unit: 's', description: 'Event loop delay since the start' },
      () => finite(read() / 1e9),
    )
  }
  let before = performance.eventLoopUtilization()
  gauge(
    {
      name: 'nodejs.eventloop.utilization',
      unit: '1',
      description: 'Share of time the event loop was busy, since the last look',
    },
    () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return finite(utilization)
    },
  )
  gauge(
    { name: 'process.memory.usage', unit: 'By', description: 'Resident memory of the process' },
    process.memoryUsage.rss,
  )
  gauge(
    { name: 'process.uptime', unit: 's', description: 'Time the process has been running' },
    process.uptime,
  )
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
