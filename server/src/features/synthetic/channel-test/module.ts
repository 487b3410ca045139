import { createPoller, type Poller } from '../../../platform/poller.js'
import type { Module, ModuleContext } from '../../../platform/runtime/module.js'
import type { TestMessageStore } from '../../notifications/index.js'
import { type ChannelTests, createChannelTests } from './channel-tests.js'
import { channelTestRoutes } from './routes.js'
import { createChannelTestStore } from './store.js'
import { createTester } from './tester.js'

/** The weekly test of a channel with the alert of a synthetic attack. */
export interface ChannelTestModule extends Module {
  /** The newest test of the channel that is tested each week, where it failed. */
  failedTests: ChannelTests['failed']
}

export interface ChannelTestModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'isLeader' | 'log' | 'now'> {
  messages: TestMessageStore
  /** Why nothing is attacked now; null: attacks are made. */
  idleBecause: () => Promise<string | null>
}

const TICK_MS = 1_000
/** Beside the window of an attack: until it begins, and until its alert is stored. */
const AROUND_ATTACK_MS = 60_000

export function createChannelTestModule(options: ChannelTestModuleOptions): ChannelTestModule {
  const { config, database, events, isLeader, now, messages, idleBecause } = options
  const log = options.log.logging('backend.synthetic')
  const isOn = config.SYNTHETIC_ATTACKS === 'on'
  const tests = createChannelTests({
    store: createChannelTestStore(database.app),
    messages,
    idleBecause,
    isOn,
    now,
  })
  const advance = createTester({
    store: createChannelTestStore(database.maintenance),
    messages,
    idleBecause,
    alertWithinMs: config.SYNTHETIC_WINDOW_SECONDS * 1000 + AROUND_ATTACK_MS,
    log,
    now,
    publish: events.publish,
  })
  let poller: Poller | null = null
  return {
    failedTests: tests.failed,
    async routes(app) {
      await app.register(channelTestRoutes, { tests })
    },
    start() {
      poller = createPoller({
        work: async () => {
          if (isLeader()) await advance()
        },
        pauseMs: TICK_MS,
        onError: (error) =>
          log.warning('The channel cannot be tested; trying again', { cause: (error as Error).message }),
      })
    },
    async stop() {
      await poller?.stop()
    },
  }
}
