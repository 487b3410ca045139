export { createNotificationsModule } from './module.js'
export { addOperationalNotices } from './outbox-store.js'
export type { Sender } from './sender.js'
export type { StoredChannel } from './store.js'
