import type { Config } from '../../platform/config.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import { type Database, MAX_PAGED_READS } from '../../platform/postgres/database.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createAllowanceStore } from './allowance-store.js'
import { type Allowances, createAllowances } from './allowances.js'
import { createFeeds, type Feeds } from './feeds.js'
import { listingRoutes } from './listing-routes.js'
import { loadNeverBlockLists, operatorLists, platformLists, type UnusedList } from './never-block-lists.js'
import { feedRoutes } from './routes.js'
import { createIndicatorStore } from './store.js'

/** A client that takes longer keeps a connection from others. */
const MAX_READ_MS = 120_000
const FORGET_PAUSE_MS = 3_600_000

/** What others may look for or block, as feeds. @throws {ConfigError} for a list that cannot be used. */
export async function createIndicatorsModule(
  context: Pick<ModuleContext, 'config' | 'database' | 'events' | 'isLeader' | 'log' | 'now'>,
): Promise<Module> {
  const { config, database, events, isLeader, log, now } = context
  const { feeds, allowances } = await openFeeds(config, database, now, (list) =>
    log.logging('backend.routers.feeds').warning('List of FEEDS_NEVER_BLOCK_DIR is not used', { ...list }),
  )
  const pollers: Poller[] = []
  return {
    async routes(app) {
      await app.register(feedRoutes, { feeds, publish: events.publish, maxReadMs: MAX_READ_MS })
      await app.register(listingRoutes, { feeds, allowances })
    },
    gauges(gauges) {
      gauges.gauge(
        { name: 'eviltwin.feeds.readers', across: 'sum', description: 'Feeds that are being read' },
        feeds.readers,
      )
    },
    start() {
      pollers.push(
        createPoller({
          work: async () => {
            if (isLeader()) await feeds.forget()
          },
          pauseMs: FORGET_PAUSE_MS,
          onError: (error) =>
            log
              .logging('backend.routers.feeds')
              .warning('Entries of feeds cannot be forgotten; trying again', {
                cause: (error as Error).message,
              }),
        }),
      )
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
    },
  }
}

/**
 * The feeds of an installation, for its server and its command line.
 * @param onUnused is called for each list of FEEDS_NEVER_BLOCK_DIR that is of a type for other things than feeds hold.
 * @throws {ConfigError}
 */
export async function openFeeds(
  config: Omit<Config, 'SECRET_KEY'>,
  database: Pick<Database, 'app' | 'feeds'>,
  now: () => number,
  onUnused: (list: UnusedList) => void,
): Promise<{ feeds: Feeds; allowances: Allowances }> {
  const allowances = createAllowances(createAllowanceStore(database.app), now)
  const feeds = createFeeds({
    store: createIndicatorStore(database.feeds),
    allowances: createAllowances(createAllowanceStore(database.feeds), now),
    policy: {
      minimum_score: config.FEEDS_MIN_SCORE,
      minimum_sensors: config.FEEDS_MIN_SENSORS,
      minimum_keys: config.FEEDS_MIN_KEYS,
      expiry_days: config.FEEDS_EXPIRY_DAYS,
      includes_documentation_addresses: config.FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES,
    },
    fixedLists: [...operatorLists(config), ...(await loadNeverBlockLists(config, onUnused))],
    platformLists: () => platformLists(config),
    now,
    maxReaders: MAX_PAGED_READS,
  })
  return { feeds, allowances }
}
