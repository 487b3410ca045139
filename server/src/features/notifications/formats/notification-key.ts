import type { Notification } from '@eviltwin/contract'

/** The same for every notification about the same thing, so that systems with a state of their own update it. */
export function keyOf(notification: Notification): string {
  switch (notification.kind) {
    case 'threat_alert':
      return `eviltwin/alert/${notification.alert.id}`
    case 'operational_alert':
      return `eviltwin/operational/${notification.rule}`
    case 'digest':
      return `eviltwin/digest/${notification.to}`
    case 'review':
      return `eviltwin/review/${notification.to.slice(0, 10)}`
    case 'test':
      return 'eviltwin/test'
  }
}
