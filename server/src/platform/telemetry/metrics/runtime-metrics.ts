import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { GaugeRegistry } from './gauges.js'
import type { ServerProcesses } from './of-workers.js'

/** Event loop and memory of the processes that serve. https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/ */
export function registerRuntimeMetrics(
  { gauge, counted }: GaugeRegistry,
  { uptimeSeconds, workers }: Pick<ServerProcesses, 'uptimeSeconds' | 'workers'>,
): void {
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
      {
        name: `nodejs.eventloop.delay.${name}`,
        unit: 's',
        description: 'Event loop delay since the start',
        across: name === 'min' ? 'min' : 'max',
      },
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
    {
      name: 'process.memory.usage',
      unit: 'By',
      description: 'Resident memory of the processes that serve',
      across: 'sum',
    },
    process.memoryUsage.rss,
  )
  gauge({ name: 'process.uptime', unit: 's', description: 'Time the server has been running' }, uptimeSeconds)
  gauge({ name: 'eviltwin.workers', description: 'Processes that serve the port' }, () => workers().live)
  counted(
    {
      name: 'eviltwin.workers.ended',
      description: 'Processes that ended without having been asked to; each is replaced',
    },
    () => workers().ended,
  )
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
