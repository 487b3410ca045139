import type { Notice } from '@eviltwin/contract'

/** The same for every notice about the same thing, so that systems with a state of their own update it. */
export function keyOf(notice: Notice): string {
  switch (notice.kind) {
    case 'threat_alert':
      return `eviltwin/alert/${notice.alert.id}`
    case 'operational_alert':
      return `eviltwin/operational/${notice.rule}`
    case 'digest':
      return `eviltwin/digest/${notice.to}`
    case 'review':
      return `eviltwin/review/${notice.to.slice(0, 10)}`
    case 'test':
      return 'eviltwin/test'
  }
}
