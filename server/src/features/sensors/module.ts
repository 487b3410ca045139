import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { sensorRoutes } from './routes.js'
import { createSensorService } from './service.js'
import { createHeartbeatStore } from './silence/heartbeat-store.js'
import { createHeartbeats, type Heartbeats } from './silence/heartbeats.js'
import { createSensorStateStore, type ExpectedSensor, type SilentSensor } from './silence/state-store.js'
import { createSensorWatch } from './silence/watch.js'
import { createSensorStore } from './store.js'

/** The sensors that sent events or heartbeats; their formats are in adapters/. */
export interface SensorsModule extends Module {
  /** Sensors whose silence is an operational alert, as they were judged within the last minute or two; at most 10,000. */
  expectedSensors(): Promise<ExpectedSensor[]>
  /** Expected sensors without data, the longest silent first; at most so many. */
  silentSensors(limit: number): Promise<SilentSensor[]>
  /** How many expected sensors have no data. */
  countSilent(): Promise<number>
}

export interface SensorsModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'isLeader' | 'log' | 'now'> {
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

export function createSensorsModule(options: SensorsModuleOptions): SensorsModule {
  const { config, database, events, isLeader, now, storageProblem } = options
  const log = options.log.logging('backend.services.sensors')
  const states = createSensorStateStore(database.app)
  const heartbeats = createHeartbeats(createHeartbeatStore(database.app), events.publish)
  const watch = createSensorWatch({ store: states, now, storageProblem })
  const sensors = createSensorService({
    store: createSensorStore(database.app),
    heartbeats,
    publish: events.publish,
    now,
  })
  events.subscribe({ sensor_pinged: sensors.notePing })
  const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
  const pollers: Poller[] = []
  let counts = { judged: 0, expected: 0, silent: 0 }

  function repeat(work: () => Promise<void>, onFailure: string): void {
    const onError = (error: unknown) => log.warning(onFailure, { cause: (error as Error).message })
    pollers.push(createPoller({ work, pauseMs, onError }))
  }

  const lookOncePerMinute = oncePerMinute(now, watch.look)
  const countOncePerMinute = oncePerMinute(now, async () => {
    counts = await states.counts()
  })

  async function watchOver(): Promise<void> {
    if (isLeader()) await lookOncePerMinute()
    await countOncePerMinute()
  }

  return {
    expectedSensors: states.expected,
    silentSensors: states.silent,
    countSilent: states.countSilent,
    async routes(app) {
      await app.register(sensorRoutes, { sensors })
    },
    gauges: (registry) => registerGauges(registry, heartbeats, () => counts),
    start() {
      repeat(heartbeats.flush, 'Heartbeats of sensors cannot be written; trying again')
      repeat(watchOver, 'Sensors cannot be judged; trying again within a minute')
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      // The next heartbeat comes within a minute.
      await heartbeats.flush().catch(() => {})
    },
  }
}

function registerGauges(
  { gauge, labelled }: GaugeRegistry,
  heartbeats: Pick<Heartbeats, 'waiting'>,
  counts: () => { judged: number; expected: number; silent: number },
): void {
  labelled(
    {
      name: 'eviltwin.sensors',
      description: 'Sensors: judged (at most 10,000), expected, and expected ones without data (silent)',
    },
    () => (['judged', 'expected', 'silent'] as const).map((state) => [counts()[state], { state }]),
  )
  gauge(
    {
      name: 'eviltwin.sensors.heartbeats_waiting',
      across: 'sum',
      description: 'Heartbeats of sensors that wait to be written; at most 10,000',
    },
    heartbeats.waiting,
  )
}
