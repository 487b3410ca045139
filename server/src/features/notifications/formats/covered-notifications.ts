import type { Notification } from '@eviltwin/contract'

/** A notification of several operational alerts as one of each, for systems that keep a state of each; others stay as they are. */
export function coveredNotifications(notification: Notification): Notification[] {
  if (notification.kind !== 'operational_alert' || notification.covers === undefined) return [notification]
  const { covers, ...shared } = notification
  return covers.map((alert) => ({ ...shared, ...alert }))
}
