export { UPDATES_CHANNEL } from './alert-writer-store.js'
export { createFeedQuotas, type FeedQuota } from './feed-quota.js'
export { createAlertsModule } from './module.js'
export { ALERTS_CHANNEL } from './queue-store.js'
