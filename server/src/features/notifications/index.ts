export { createNotificationsModule, type NotificationsModule } from './module.js'
export { addOperationalNotices, type OperationalMessage } from './outbox-store.js'
export type { Sender } from './sender.js'
export type { FailingChannel, StoredChannel } from './store.js'
