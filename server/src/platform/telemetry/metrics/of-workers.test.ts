import { resourceFromAttributes } from '@opentelemetry/resources'
import { afterEach, expect, test, vi } from 'vitest'
import type { EventOf } from '../../../domain/platform-event.js'
import { createEvents } from '../../events.js'
import { createMetrics } from './metrics.js'
import { createMetricsOfWorkers, type MetricsOfWorkers, ONE_PROCESS } from './of-workers.js'

afterEach(() => vi.useRealTimers())

/** A worker with metrics of its own, whose /metrics shows those of all. */
function startWorker(slot: number, all: MetricsOfWorkers, seen = { queue: 0, free: 0, shared: 0 }) {
  const events = createEvents((error) => {
    throw error
  })
  const metrics = createMetrics({
    resource: resourceFromAttributes({}),
    readers: [],
    pools: () => ({ app: { size: 2, idle: 1, waiting: 0, max: 8, peak: 2 } }),
    events,
    server: {
      ...ONE_PROCESS,
      metrics: {
        async collect(own) {
          all.report(slot, own)
          return all.all()
        },
      },
    },
  })
  metrics.gauges.gauge({ name: 'queue', description: 'waits here', across: 'sum' }, () => seen.queue)
  metrics.gauges.gauge({ name: 'free', description: 'free there', across: 'min' }, () => seen.free)
  metrics.gauges.gauge({ name: 'shared', description: 'what all see' }, () => seen.shared)
  return {
    seen,
    /** Answers requests, each so many milliseconds long. */
    serve(count: number, milliseconds = 20) {
      for (let request = 0; request < count; request += 1)
        events.publish({
          kind: 'request_completed',
          method: 'POST',
          route: '/log',
          status: 200,
          milliseconds,
          population: 'platform',
          trace: { trace_id: `trace of ${slot}` },
        } as EventOf<'request_completed'>)
    },
    async report() {
      all.report(slot, structuredClone(await metrics.snapshot()))
    },
    async value(name: string, format: 'prometheus' | 'openmetrics' = 'prometheus') {
      const lines = (await metrics.exposition(format)).split('\n')
      return lines
        .find((line) => line.startsWith(name))
        ?.slice(name.length)
        .trim()
    },
  }
}

const LABELS = 'http_request_method="POST",http_route="/log",http_response_status_code="200"'
const COUNT = `http_server_request_duration_seconds_count{${LABELS}}`
const SUM = `http_server_request_duration_seconds_sum{${LABELS}}`
const BUCKET = `http_server_request_duration_seconds_bucket{${LABELS},le="0.025"}`

test('counters and histograms of workers add up, bucket by bucket', async () => {
  const all = createMetricsOfWorkers()
  const [one, two] = [startWorker(1, all), startWorker(2, all)]
  one.serve(3)
  two.serve(4)
  two.serve(1, 3_000)
  await two.report()
  expect(await one.value(COUNT)).toBe('8')
  expect(await one.value(BUCKET)).toBe('7')
  expect(Number(await one.value(SUM))).toBeCloseTo(3.14)
  expect(await two.value(COUNT)).toBe('8')
})

test('a gauge is the sum of what each has, the lowest, or the highest of what all see; connections add up', async () => {
  const all = createMetricsOfWorkers()
  const one = startWorker(1, all, { queue: 3, free: 70, shared: 9 })
  const two = startWorker(2, all, { queue: 4, free: 60, shared: 8 })
  await two.report()
  expect(await one.value('queue')).toBe('7')
  expect(await one.value('free')).toBe('60')
  expect(await one.value('shared')).toBe('9')
  expect(await one.value('db_client_connection_max')).toContain('16')
})

test('no counter goes backwards when a worker ends and another one takes its place, and its gauges are gone', async () => {
  const all = createMetricsOfWorkers()
  const [one, two] = [startWorker(1, all), startWorker(2, all, { queue: 4, free: 1, shared: 9 })]
  one.serve(3)
  two.serve(4)
  await two.report()
  expect(await one.value(COUNT)).toBe('7')
  all.retire(2)
  expect(await one.value(COUNT)).toBe('7')
  expect(await one.value('queue')).toBe('0')
  expect(await one.value('shared')).toBe('0')
  const next = startWorker(2, all)
  next.serve(2)
  await next.report()
  expect(await one.value(COUNT)).toBe('9')
  all.retire(2)
  all.retire(1)
  expect(await startWorker(1, all).value(COUNT)).toBe('9')
})

test('the newest exemplar of a bucket is shown, whichever worker has it', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
  const all = createMetricsOfWorkers()
  const [one, two] = [startWorker(1, all), startWorker(2, all)]
  one.serve(1)
  vi.setSystemTime(2_000)
  two.serve(1)
  await two.report()
  expect(await one.value(BUCKET, 'openmetrics')).toContain('trace of 2')
  vi.setSystemTime(3_000)
  one.serve(1)
  expect(await two.value(BUCKET, 'openmetrics')).toContain('trace of 2')
  await one.report()
  expect(await two.value(BUCKET, 'openmetrics')).toContain('trace of 1')
})
