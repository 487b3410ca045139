import type { HealthReview } from '@eviltwin/contract'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { NotificationsModule } from '../notifications/index.js'
import type { OperationsModule } from '../operations/index.js'
import type { SloModule } from '../slo/index.js'
import { createReviewer } from './review.js'
import { reviewRoutes } from './routes.js'
import { createWeeklyReview } from './weekly-review.js'

export interface ReviewModuleOptions extends Pick<ModuleContext, 'config' | 'log' | 'now' | 'isLeader'> {
  slo: SloModule
  operations: OperationsModule
  notifications: Pick<NotificationsModule, 'failingChannels' | 'givenUp'>
}

/** The weekly health review: on request, and every Monday by the channels. */
export function createReviewModule(options: ReviewModuleOptions): Module {
  const { config, now, isLeader, slo, operations, notifications } = options
  const log = options.log.logging('backend.services.operations')
  const review: (days: number) => Promise<HealthReview> = createReviewer({
    store: slo.signals,
    slos: slo.slos,
    replicas: slo.replica.live,
    operations: operations.store,
    rules: operations.rules,
    channels: { failing: notifications.failingChannels, givenUp: notifications.givenUp },
    now,
  })
  const sendReview = createWeeklyReview({ review, store: operations.store, now })
  let sender: Poller | null = null
  return {
    async routes(app) {
      await app.register(reviewRoutes, { review })
    },
    start() {
      if (!config.REVIEW_WEEKLY) return
      sender = createPoller({
        work: async () => {
          if (isLeader()) await sendReview()
        },
        pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
        onError: (error) =>
          log.warning('The weekly review cannot be sent; trying again', { cause: (error as Error).message }),
      })
    },
    async stop() {
      await sender?.stop()
    },
  }
}
