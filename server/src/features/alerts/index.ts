export { createAlertsModule } from './module.js'
export { ALERTS_CHANNEL } from './queue-store.js'
export { UPDATES_CHANNEL } from './store.js'
