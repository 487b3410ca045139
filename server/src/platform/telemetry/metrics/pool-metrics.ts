import type { Meter, ObservableResult } from '@opentelemetry/api'

/** How busy the pools of database connections are, by their names. */
export type PoolReader = () => Readonly<
  Record<string, { size: number; idle: number; waiting: number; max: number; peak: number }>
>

const POOL = 'db.client.connection.pool.name'
const STATE = 'db.client.connection.state'

/** Connections of each pool. https://opentelemetry.io/docs/specs/semconv/database/database-metrics/ */
export function registerPoolMetrics(meter: Meter, pools: PoolReader): void {
  const register = (
    name: string,
    unit: string,
    description: string,
    observe: (result: ObservableResult, pool: string, use: ReturnType<PoolReader>[string]) => void,
  ) =>
    meter.createObservableUpDownCounter(name, { unit, description }).addCallback((result) => {
      for (const [pool, use] of Object.entries(pools())) observe(result, pool, use)
    })
  register(
    'db.client.connection.count',
    '{connection}',
    'Connections that are in the state described by db.client.connection.state',
    (result, pool, { size, idle }) => {
      result.observe(idle, { [POOL]: pool, [STATE]: 'idle' })
      result.observe(size - idle, { [POOL]: pool, [STATE]: 'used' })
    },
  )
  register(
    'db.client.connection.max',
    '{connection}',
    'Most open connections allowed',
    (result, pool, { max }) => result.observe(max, { [POOL]: pool }),
  )
  register(
    'db.client.connection.peak',
    '{connection}',
    'Most connections in use at the same time since the start',
    (result, pool, { peak }) => result.observe(peak, { [POOL]: pool }),
  )
  register(
    'db.client.connection.pending_requests',
    '{request}',
    'Requests that wait for an open connection',
    (result, pool, { waiting }) => result.observe(waiting, { [POOL]: pool }),
  )
}
