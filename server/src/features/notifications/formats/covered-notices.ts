import type { Notice } from '@eviltwin/contract'

/** A notification of several operational alerts as one of each, for systems that keep a state of each; others stay as they are. */
export function coveredNotices(notice: Notice): Notice[] {
  if (notice.kind !== 'operational_alert' || notice.covers === undefined) return [notice]
  const { covers, ...shared } = notice
  return covers.map((alert) => ({ ...shared, ...alert }))
}
